"""What was uploaded yesterday and becomes known today is found tonight, once, as if it were uploaded now."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from leeward.cases.models import Case, Evidence
from leeward.core.models import Organisation
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Reason, Report
from leeward.screening import looks
from leeward.screening.models import Answer, Hold, Match, Sweep
from leeward.screening.rescan import services, sources
from leeward.screening.rescan.engines import Here, Pace
from leeward.screening.rescan.reading import Reach
from leeward.screening.rescan.services import Tally, Way
from leeward.screening.tests.conftest import _a_fresh_process  # noqa: F401  # as in screening's own tests
from leeward.screening.tests.uploads import (
    AT,
    DOCUMENT,
    archive,
    digest_of,
    encoded,
    look_of,
    published,
    taken_back,
    waves,
)
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
KNOWN, OTHER = encoded(waves(1)), encoded(waves(2))
UPLOADED = datetime(2026, 11, 20, 9, tzinfo=UTC)

ANAS_REPORT = reports.Draft(
    Reason.SCARES,
    Channel.BUTTON,
    item=reports.Item("harbour", "photo-7"),
    pictures=[reports.Picture(KNOWN, "image/png")],
)

type Sweeping = Callable[..., Sweep]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """What the harbour has hosted since yesterday."""
    folder = tmp_path / "corpus"
    (folder / "2026" / "11").mkdir(parents=True)
    for name, data in {"2026/11/known.png": KNOWN, "2026/11/other.png": OTHER, "words.pdf": DOCUMENT}.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (UPLOADED.timestamp(), UPLOADED.timestamp()))
    return folder


@pytest.fixture
def sweep(harbour: Organisation, corpus: Path) -> Sweeping:
    """Sweep the corpus in this process; `unfinished` is a sweep to go on with, `tell` is told of each batch."""

    def swept(
        *, unfinished: Sweep | None = None, tell: Callable[[Tally], None] = lambda _: None, batch: int = 0
    ) -> Sweep:
        folder = sources.Folder(corpus, harbour.pk)
        row = unfinished or services.begun(folder, organisation=harbour, engine="local", at=AT)
        pace = Pace(batch / 2, clock=lambda: 0.0, sleep=lambda _: None)
        return services.run(row, folder, way=Way(Here(), Reach(), pace, lambda: AT, None, tell))

    return swept


def test_a_hosted_picture_that_becomes_known_is_found_with_its_case_and_its_age(
    sweep: Sweeping, harbour: Organisation, settle: Settle
) -> None:
    [row] = published(look_of(encoded(waves(1), "JPEG")))

    done = sweep()
    settle()

    match = Match.objects.get()
    assert (match.organisation, match.indicator, match.item_id) == (harbour, row, "2026/11/known.png")
    assert (match.uploaded_at, match.answer) == (UPLOADED, Answer.KNOWN)
    assert str(Report.objects.get().uid) == str(match.report_uid)
    assert Case.objects.get().subject.item_id == "2026/11/known.png"
    assert Evidence.objects.get().sha256 == match.sha256
    assert (done.state, done.files, done.matches) == (Sweep.State.DONE, 3, 1)


def test_what_cannot_be_judged_is_counted_with_its_reason_and_not_held(sweep: Sweeping, corpus: Path) -> None:
    (corpus / "cut.png").write_bytes(KNOWN[:2000])
    (corpus / "empty.png").touch()
    published(look_of(KNOWN))

    done = sweep()

    assert done.unreadable == {"not_a_picture": 1, "truncated": 1, "empty": 1}
    assert not Hold.objects.exists()


def test_what_cannot_be_judged_by_its_look_is_still_found_by_its_bytes(sweep: Sweeping, corpus: Path) -> None:
    (corpus / "cut.png").write_bytes(KNOWN[:2000])
    published(digest_of(KNOWN[:2000]), digest_of(DOCUMENT))

    sweep()

    assert set(Match.objects.values_list("item_id", flat=True)) == {"cut.png", "words.pdf"}


def test_pictures_in_an_archive_mirrored_ones_and_copied_texts_are_found(sweep: Sweeping, corpus: Path) -> None:
    words = b"Ferry, lantern and harbour are words that nobody has to fear, said the keeper of the light. " * 8
    fingerprint = looks.look_at(words, is_text=True).fingerprint
    mirrored = waves(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (corpus / "packed.zip").write_bytes(archive(KNOWN))
    (corpus / "mirrored.jpg").write_bytes(encoded(mirrored, "JPEG", quality=60))
    (corpus / "copied.txt").write_bytes(words.replace(b"keeper", b"warden", 1))
    published(look_of(KNOWN), indicators.Sign(Kind.TLSH, fingerprint, Category.OTHER))

    sweep()

    found = set(Match.objects.values_list("item_id", flat=True))
    assert found == {"2026/11/known.png", "packed.zip", "mirrored.jpg", "copied.txt"}


def test_a_second_sweep_makes_no_second_match_and_no_second_case(sweep: Sweeping, settle: Settle) -> None:
    published(look_of(KNOWN))

    first, second = sweep(), sweep()
    settle()

    assert (first.matches, first.known_before) == (1, 0)
    assert (second.matches, second.known_before) == (0, 1)
    assert (Match.objects.count(), Report.objects.count(), Case.objects.count()) == (1, 1, 1)


def test_a_sign_that_was_taken_back_finds_nothing(sweep: Sweeping) -> None:
    published(look_of(KNOWN))
    taken_back()

    assert sweep().matches == 0


def test_every_sign_is_asked_that_came_since_the_shared_file_was_written(sweep: Sweeping) -> None:
    published(look_of(OTHER), source="decision:1")
    sweep()
    published(look_of(KNOWN), source="decision:2")
    taken_back("decision:1")
    Match.objects.all().delete()

    sweep()

    assert [match.item_id for match in Match.objects.all()] == ["2026/11/known.png"]


def test_a_sweep_that_broke_off_goes_on_behind_what_it_had_done(sweep: Sweeping, corpus: Path) -> None:
    for number in range(5):
        (corpus / f"more-{number}.txt").write_text("too short to be told from others")

    class Broken(Exception):
        """What a test breaks a sweep off with."""

    batches = itertools.count(1)

    def break_off(_: Tally) -> None:
        if next(batches) == 3:
            raise Broken

    with pytest.raises(Broken):
        sweep(tell=break_off, batch=2)
    stopped = Sweep.objects.get()
    assert stopped.state == Sweep.State.STOPPED
    # Batches end in any order; what lies before the cursor is counted, and nothing else.
    order = [item.cursor for item in sources.Folder(corpus, 1).items()]
    assert order[stopped.files - 1] == stopped.cursor
    assert stopped.files in {4, 6}

    told: list[Tally] = []
    done = sweep(unfinished=stopped, tell=told.append, batch=2)

    assert (done.state, done.files) == (Sweep.State.DONE, 8)
    assert sum(tally.files for tally in told) in {4, 2}


def test_only_a_sweep_that_broke_off_can_be_resumed(sweep: Sweeping, harbour: Organisation, corpus: Path) -> None:
    folder = sources.Folder(corpus, harbour.pk)
    assert services.broken_off(folder, organisation=harbour) is None

    done = sweep()

    with pytest.raises(services.NothingToResume):
        services.broken_off(folder, organisation=harbour)
    Sweep.objects.filter(pk=done.pk).update(state=Sweep.State.RUNNING)  # As kill -9 leaves it.
    assert services.broken_off(folder, organisation=harbour) == done


def test_a_file_that_changed_between_looking_and_sealing_is_not_sealed_in_its_place(
    harbour: Organisation, corpus: Path, settle: Settle
) -> None:
    published(look_of(KNOWN))
    look = looks.look_at(KNOWN)
    [item] = [item for item in sources.Folder(corpus, harbour.pk).items() if item.item_id.endswith("known.png")]
    Path(item.ref).write_bytes(OTHER)

    assert services.judge(item, look, reach=Reach(), at=AT)
    settle()

    assert Match.objects.get().sha256 == look.digests.sha256
    assert not Evidence.objects.exists()


def test_signs_for_workers_lie_in_a_file_that_is_gone_afterwards(harbour: Organisation) -> None:
    published(look_of(KNOWN))

    with services.signs_in_force() as (signs, asked):
        assert Path(signs.path).exists()
        assert Path(signs.path).parent.stat().st_mode & 0o077 == 0
        assert asked.position == indicators.head()

    assert not list(Path(signs.path).parent.iterdir())


def test_sealed_evidence_about_an_item_is_found_and_not_sealed_again(
    harbour: Organisation, corpus: Path, settle: Settle
) -> None:
    reports.receive(ANAS_REPORT, at=AT)
    settle()
    published(look_of(encoded(waves(1), "JPEG")), source="partner:beacon")
    sealed = sources.Sealed(harbour.pk)
    row = services.begun(sealed, organisation=harbour, engine="local", at=AT)

    done = services.run(row, sealed, way=Way(Here(), Reach(), Pace(), lambda: AT))
    settle()

    assert (done.total, done.files, done.matches) == (1, 1, 1)
    assert Match.objects.get().item_id == "photo-7"
    assert Case.objects.get().reports.count() == 2
    assert Attachment.objects.count() == 1


def test_evidence_that_our_own_decision_names_already_is_left_out(harbour: Organisation, settle: Settle) -> None:
    reports.receive(ANAS_REPORT, at=AT)
    published(digest_of(KNOWN, Kind.SHA256), source="decision:1")

    assert list(sources.Sealed(harbour.pk).items()) == []


def test_the_position_up_to_which_signs_were_asked_is_kept(sweep: Sweeping) -> None:
    published(look_of(KNOWN), dataclasses.replace(look_of(OTHER), severity=1))

    assert sweep().position == indicators.head() == 2
