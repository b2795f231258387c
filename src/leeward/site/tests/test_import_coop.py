"""A provider moves over from Coop: what is open comes to the desk, what was decided becomes history, and nothing is done twice."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from leeward.cases import actions, appeals
from leeward.cases.models import Action, Appeal, Case, Decision, Evidence
from leeward.cases.states import AppealState, CaseState, DecisionState
from leeward.core import blobs, webhooks
from leeward.core.models import Delivery, Organisation, Record, User
from leeward.indicators.models import Indicator
from leeward.reports.models import Context, Nature, Report
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
SAMPLE = Path(__file__).with_name("coop_sample.jsonl")
MAPPED = ("--policy", "p-mean=bullying", "--action", "a-take-down=remove", "--action", "a-warn=warn")


def taken_over(file: Path = SAMPLE, *more: str, provider: str = "harbour") -> tuple[str, str]:
    """Take a file over and return what was said on both outputs."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_coop", str(file), "--provider", provider, *MAPPED, *more, stdout=out, stderr=err)
    except CommandError as refused:
        err.write(str(refused))
    return out.getvalue(), err.getvalue()


def written(folder: Path, *rows: Any) -> Path:
    file = folder / "rows.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return file


def rows_of() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


def stored() -> dict[str, int]:
    models = (Report, Case, Decision, Appeal, Context, Record, Delivery, User, Action)
    return {model.__name__: model._default_manager.count() for model in models}


def test_every_row_of_a_whole_file_comes_in(harbour: Organisation) -> None:
    out, err = taken_over()

    assert err == ""
    assert out.splitlines() == [
        "actions: 3 taken over, 0 came before",
        "reports: 3 taken over, 0 came before",
        "appeals: 2 taken over, 0 came before",
        "answers to appeals: 1 taken over, 0 came before",
        "unknown field, left out: reports: shard (1)",
    ]


def test_an_open_report_waits_at_the_desk_since_it_was_made_with_the_item_sealed(
    harbour: Organisation, settle: Settle
) -> None:
    taken_over()
    settle()

    case = Case.objects.get(subject__item_id="post-1")
    report = case.reports.get().report
    assert (case.state, report.words, report.nature) == (CaseState.OPEN, "He calls me names.", Nature.BULLYING)
    assert report.received_at.isoformat() == "2026-11-01T10:00:00+00:00"
    sealed = case.evidence.get(kind=Evidence.Kind.CONTENT)
    assert "what stood before" in blobs.unseal(sealed.sealed).decode()


def test_what_shows_a_child_is_not_copied(harbour: Organisation, settle: Settle) -> None:
    taken_over()
    settle()

    case = Case.objects.get(subject__item_id="photo-2")
    assert case.reports.get().report.nature == Nature.SEXUAL_CHILD
    assert not case.evidence.exists()
    assert not Context.objects.filter(item_id="photo-2").exists()


def test_several_actions_on_one_item_are_one_decision_that_nobody_here_took(harbour: Organisation) -> None:
    taken_over()

    decision = Decision.objects.get(case__subject__item_id="post-4")
    assert (decision.state, decision.measures) == (DecisionState.EFFECTIVE, ["remove", "warn"])
    assert (decision.category, decision.ground) == ("bullying", "Coop: Be kind")
    assert (decision.case.state, decision.case.subject.author_id) == (CaseState.DECIDED, "u-eve")
    assert (decision.proposed_by.is_active, decision.proposed_by.roles) == (False, frozenset())
    assert not decision.proposed_by.has_usable_password()


def test_history_orders_nothing_publishes_nothing_and_tells_nobody(
    harbour: Organisation, settle: Settle, tmp_path: Path
) -> None:
    webhooks.open_endpoint(harbour, url="http://127.0.0.1:9/hooks", secret="whsec_" + "QUFB" * 8)
    decided = [row for row in rows_of() if "reportedItem" not in row]

    taken_over(written(tmp_path, *decided))
    settle()

    assert not Action.objects.exists()
    assert not Indicator.objects.exists()
    assert not Delivery.objects.exists()
    assert set(Record.objects.values_list("kind", "actor")) == {
        ("cases.TakenOver", "import:coop"),
        ("cases.AppealOpened", "import:coop"),
    }


def test_an_open_appeal_waits_and_an_answered_one_is_history(harbour: Organisation) -> None:
    taken_over()

    waiting, answered = Appeal.objects.order_by("at")
    assert (waiting.state, waiting.text) == (AppealState.OPEN, "It was a joke.")
    assert (answered.state, answered.decision.state) == (AppealState.OVERTURNED, DecisionState.OVERTURNED)
    assert answered.decision.case.state == CaseState.REVERSED


def test_an_appeal_that_is_overturned_here_has_the_measures_taken_back(harbour: Organisation, cem: User) -> None:
    webhooks.open_endpoint(harbour, url="http://127.0.0.1:9/hooks", secret="whsec_" + "QUFB" * 8)
    taken_over()
    appeal = Appeal.objects.get(state=AppealState.OPEN)

    appeals.take(appeal, by=cem, at=timezone.now())
    appeals.overturn(appeal, by=cem, why="It was a joke.", at=timezone.now())
    actions.order_undo.call(decision_uid=str(appeal.decision.uid))

    assert sorted(Action.objects.values_list("kind", flat=True)) == ["restore", "unwarn"]


def test_the_same_file_again_changes_nothing(harbour: Organisation) -> None:
    taken_over()
    before = stored()

    out, err = taken_over()

    assert (stored(), err) == (before, "")
    assert "reports: 0 taken over, 3 came before" in out
    assert "actions: 0 taken over, 3 came before" in out


def test_a_dry_run_counts_and_stores_nothing(harbour: Organisation) -> None:
    before = stored()

    out, _ = taken_over(SAMPLE, "--dry-run")

    assert stored() == before
    assert "reports: 3 could be taken over" in out
    assert out.endswith("Nothing was stored.\n")


def test_wrong_rows_are_named_by_line_without_their_values_and_the_rest_comes_in(
    harbour: Organisation, tmp_path: Path
) -> None:
    report, *_ = rows_of()
    file = written(
        tmp_path,
        "no json secret-words",
        {**report, "reportedAt": "yesterday secret-words"},
        {**report, "reportId": "r-8", "reportedAt": "2026-11-01T10:00:00"},
        {**report, "reportId": "r-9", "reportedAt": "2126-11-01T10:00:00Z"},
        {**report, "reportedItem": {"typeId": "t", "data": {"text": "secret-words"}}},
        {**report, "reportedItem": {"id": "secret-words" * 20, "typeId": "t", "data": {}}},
        {"item": {"id": "x", "typeId": "t"}, "action": {"id": "a-unheard-of"}},
        {"secret-words": 1},
        {"appealId": "ap-9", "appealDecision": "MAYBE secret-words"},
        {"appealId": "ap-9", "appealDecision": "REJECT"},
        {**report, "reportId": "r-10"},
    )

    out, err = taken_over(file)

    assert "reports: 1 taken over" in out
    assert "secret-words" not in out + err
    assert [line.partition(":")[0] for line in err.splitlines()[:-1]] == [f"line {number}" for number in range(1, 11)]
    assert "line 1: it is no JSON object" in err
    assert "line 3: reportedAt has no time zone" in err
    assert "line 5: reportedItem.id is missing" in err
    assert "line 7: the action a-unheard-of has no measure here; add --action a-unheard-of=MEASURE" in err
    assert "line 10: the appeal was not taken over" in err
    assert err.endswith("10 rows are left out; all others are in")


def test_a_report_that_came_before_with_other_words_is_not_changed(harbour: Organisation, tmp_path: Path) -> None:
    report, *_ = rows_of()
    changed = {**report, "reportedForReason": {"reason": "Other words"}}

    _, err = taken_over(written(tmp_path, report, changed))

    assert "line 2: this report came before with other words" in err
    assert Report.objects.get().words == "He calls me names."


def test_an_item_of_another_provider_with_the_same_id_is_another_item(harbour: Organisation) -> None:
    Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER)

    taken_over()
    out, _ = taken_over(provider="quay")

    assert "reports: 3 taken over, 0 came before" in out
    assert "actions: 3 taken over, 0 came before" in out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--provider", "nowhere"), "--provider must be"),
        (("--policy", "p=unheard"), "--policy takes ID=NAME"),
        (("--action", "a=publish_hash"), "--action takes ID=NAME"),
    ],
)
def test_what_the_command_line_says_wrong_is_refused_before_anything_is_read(
    harbour: Organisation, more: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("import_coop", str(SAMPLE), "--provider", "harbour", *more)


def test_a_file_that_is_not_there_is_named_as_such(harbour: Organisation, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_coop", str(tmp_path / "nothing"), "--provider", "harbour")
