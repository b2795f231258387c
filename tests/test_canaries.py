"""What people said and sent lies sealed: neither the database nor any file or log beside it holds one word of it in the open.

Made-up words are planted by the doors that people use. Then everything that is on the disk is read as bytes, without keys.
"""

from __future__ import annotations

import base64
import io
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
from PIL import Image, PngImagePlugin

from tests.stage import postgres
from tests.stage.leeward import Leeward, Role

PLANTED = {
    name: f"quillow{number:02d}mere"
    for number, name in enumerate(
        (
            "words of the report",
            "place in the picture of the reporter",
            "words of the reporter later",
            "words of the desk to the reporter",
            "why the reporter is told an outcome",
            "complaint",
            "note of the provider about a profile",
            "account of the provider",
            "bytes of the evidence",
            "facts of the decision",
            "note of a colleague",
            "purpose of a view",
            "why an export",
            "why a leg",
            "answer of a body",
            "appeal of the affected user",
            "answer to the appeal",
        ),
        start=1,
    )
}
NETWORK = "192.0.2.231"
# What may stand in the open, so that the search below is known to find something.
SEEN = "harmless-page-of-the-test"

# The desk's part of the story, by its own services, and all that they owe.
STORY = """
from django.utils import timezone
from leeward.cases import appeals, approvals, legs, notes, services, statements, viewing
from leeward.cases.models import Approval, Body, Case, Decision, Evidence, View
from leeward.core.models import User
from leeward.indicators.models import Category
from leeward.reports import contexts, dialogue
from leeward.reports import services as reports
from leeward.reports.models import Outcome
from tests.stage.settling import settle_everything as settle
# Nothing listens where the provider's system would.
NOT_TAKEN = ("deliver_action", "ask_for_item", "tell_provider", "send_statement")
planted, at = {planted!r}, timezone.now()
reviewer, senior = [User.objects.get(username=name) for name in ("reviewer", "second-reviewer")]
case = Case.objects.select_related("subject__provider").get()
report = case.reports.get().report
known = contexts.Facts(
    author_id=planted["account of the provider"],
    connections=(contexts.Connection("{network}", 40000, at, "login"),),
    profile_notes=(contexts.Note(planted["note of the provider about a profile"]),),
)
contexts.add(known, provider=case.subject.provider, item_id=case.subject.item_id, at=at)
dialogue.say(report, planted["words of the reporter later"], key="1", at=at)
services.take(case, by=reviewer, at=at)
dialogue.ask(report, planted["words of the desk to the reporter"], by=reviewer, key="2", at=at)
notes.add(case, planted["note of a colleague"], by=reviewer, at=at)
piece = services.add_evidence(case, planted["bytes of the evidence"].encode(), kind=Evidence.Kind.CONTENT,
    media_type="text/plain", by="partner:harbour", at=at)
viewing.open_evidence(piece, by=reviewer, purpose=planted["purpose of a view"], form=View.Form.CLEAR, at=at)
approvals.ask(case, kind=Approval.Kind.EXPORT, why=planted["why an export"], by=reviewer, at=at)
body = Body.objects.create(slug="helpline", name="Harbour Helpline", kind="helpline", jurisdiction="any",
    source="the test", as_of_date=at.date())
leg = legs.refer(case, body, by=reviewer, why=planted["why a leg"], legal_basis="consent", fields=[], at=at)
legs.handed(leg, by=senior, at=at)
leg.refresh_from_db()
legs.answer(leg, said=legs.Said.ACCEPTED, words=planted["answer of a body"], at=at)
judgement = services.Judgement(Decision.Outcome.AGAINST_TERMS, Category.BULLYING, "Terms 4.2",
    facts=planted["facts of the decision"])
decision = services.judge(case, judgement, by=reviewer, at=at)
why = planted["why the reporter is told an outcome"]
reports.tell(report, kind=Outcome.Kind.NOT_OURS, decision="by hand", at=at, why=why)
dialogue.complain(report.outcomes.get(kind="not_ours"), planted["complaint"], at=at)
settle(may_fail=NOT_TAKEN)
statement = statements.make(decision, at=at)
appeal = appeals.open_by_affected(statement, planted["appeal of the affected user"], at=at)
appeals.take(appeal, by=senior, at=at)
appeal.refresh_from_db()
appeals.uphold(appeal, by=senior, why=planted["answer to the appeal"], at=at)
settle(may_fail=NOT_TAKEN)
"""


def forms_of(word: str) -> Iterator[bytes]:
    """Yield how a word could stand in a file: as it is, as UTF-16, in hexadecimal, and in Base64 from each of three places."""
    raw = word.encode()
    yield raw
    yield word.encode("utf-16-le")
    yield raw.hex().encode()
    yield base64.b64encode(raw)[:-4]
    yield base64.b64encode(b"ab" + raw)[4:-4]
    yield base64.b64encode(b"a" + raw)[4:-4]


def found_in(data: bytes, words: dict[str, str]) -> set[str]:
    return {name for name, word in words.items() if any(form in data for form in forms_of(word))}


def picture(words: str) -> bytes:
    """Draw a picture that tells, as a camera does, where it was taken."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Place", words)
    out = io.BytesIO()
    Image.linear_gradient("L").save(out, "PNG", pnginfo=notes)
    return out.getvalue()


def dumped(leeward: Leeward) -> bytes:
    """Return the database as its own dump has it, beside whatever lies in the data folder; SQLite lies there itself."""
    url = leeward.env.get("LEEWARD_DATABASE")
    if not url:
        return b""
    programs = postgres.programs()
    assert programs is not None
    return subprocess.run([programs / "pg_dump", url], capture_output=True, check=True).stdout


def everything(leeward: Leeward) -> dict[str, bytes]:
    files = {str(path.relative_to(leeward.data_dir)): path for path in leeward.data_dir.rglob("*") if path.is_file()}
    return {name: Path(path).read_bytes() for name, path in files.items()} | {"dump": dumped(leeward)}


def reported(leeward: Leeward) -> None:
    words = {"reason": "bothers", "nature": "bullying", "words": PLANTED["words of the report"]}
    item = {"provider": "harbour", "id": "photo-7", "kind": "photo", "author_id": "author-7"}
    body = words | {"item": item, "page_url": f"https://bad.example/{SEEN}"}
    data = picture(PLANTED["place in the picture of the reporter"])
    body["pictures"] = [{"data": base64.b64encode(data).decode()}]  # type: ignore[list-item]
    answer = httpx.post(
        f"{leeward.base_url}/api/v1/reports", json=body, headers={"Idempotency-Key": str(uuid.uuid4())}, timeout=30
    )
    answer.raise_for_status()


def test_nothing_that_people_said_or_sent_lies_in_the_open(leeward: Leeward) -> None:
    leeward.make_cast()
    leeward.start(Role.WEB)
    reported(leeward)

    leeward.python(STORY.format(planted=PLANTED, network=NETWORK))
    leeward.stop()

    kept = everything(leeward)
    assert any(SEEN.encode() in data for data in kept.values()), "the search finds what does lie in the open"
    assert len([name for name in kept if name.startswith("blobs/")]) >= 4
    leaks = {name: found_in(data, PLANTED | {"network of a person": NETWORK}) for name, data in kept.items()}
    assert {name: words for name, words in leaks.items() if words} == {}


def test_the_search_finds_a_word_in_each_of_its_forms() -> None:
    words = {"planted": "quillow99mere"}
    raw = words["planted"].encode()

    for data in (raw, raw.hex().encode(), *(base64.b64encode(b"x" * shift + raw + b"y" * 5) for shift in range(7))):
        assert found_in(b"..." + data + b"...", words) == {"planted"}
    assert found_in(b"nothing of it", words) == set()
