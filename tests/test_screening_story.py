"""What screening sets going: a known upload reaches the desk, once, with its evidence sealed and shown to nobody."""

from __future__ import annotations

import dataclasses

import pytest
from django.test import Client
from django.utils import timezone

from leeward.cases import services as cases
from leeward.cases.models import Case, Decision, Evidence
from leeward.core import sequencer
from leeward.core.models import Organisation, User
from leeward.engines import hashing
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind
from leeward.screening import services as screening
from leeward.screening.models import Answer, Hold, Rule
from leeward.screening.tests.clips import Scene, clip
from leeward.screening.tests.conftest import _a_fresh_process  # noqa: F401  # as in screening's own tests
from leeward.screening.tests.uploads import AT, encoded, look_of, published, waves
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
PICTURE = encoded(waves(1))
COPY = encoded(waves(1).resize((300, 225)), "JPEG", quality=70)


def test_refused_copies_of_one_sign_are_one_case_with_every_file_sealed(harbour: Organisation, settle: Settle) -> None:
    published(look_of(PICTURE))

    for number, data in enumerate((PICTURE, COPY, PICTURE)):
        screening.screen(data, asked_by=harbour, item_id=f"upload-{number}", at=AT)
    settle()

    case = Case.objects.get()
    assert {piece.kind for piece in case.evidence.all()} == {Evidence.Kind.KNOWN}
    assert case.evidence.count() == case.reports.count() == 2


def test_the_desk_reads_that_known_evidence_is_never_shown_again(
    client: Client, harbour: Organisation, cem: User, settle: Settle
) -> None:
    published(look_of(PICTURE))
    screening.screen(PICTURE, asked_by=harbour, at=AT)
    settle()
    client.force_login(cem)

    page = client.get(f"/desk/cases/{Case.objects.get().uid}/", headers={"host": "localhost:8000"})

    assert "Known already: never shown again" in page.content.decode()


def test_what_the_desk_lets_stay_is_released_and_clear_from_then_on(
    harbour: Organisation, cem: User, settle: Settle
) -> None:
    published(dataclasses.replace(look_of(PICTURE), confidence=10))
    screened = screening.screen(PICTURE, asked_by=harbour, item_id="upload-1", at=AT)
    settle()
    stays = cases.Judgement(Decision.Outcome.NO_VIOLATION, Category.OTHER, "A holiday picture")

    cases.judge(Case.objects.get(), stays, by=cem, at=timezone.now())
    settle()

    assert screened.answer == Answer.SUSPECT
    assert Hold.objects.get().state == Hold.State.RELEASED
    assert screening.screen(PICTURE, asked_by=harbour, item_id="upload-1", at=AT).answer == Answer.CLEAR


def test_a_confirmed_picture_is_known_by_its_inner_parts_too(
    harbour: Organisation, cem: User, dan: User, settle: Settle
) -> None:
    decide(harbour, PICTURE, by=cem, seconded_by=dan, settle=settle)
    width, height = waves(1).size
    middle = waves(1).crop((width // 20, height // 20, width - width // 20, height - height // 20))

    screened = screening.screen(encoded(middle, "JPEG"), asked_by=harbour, at=AT)

    assert screened.answer == Answer.KNOWN
    assert Indicator.objects.get(kind=Kind.PDQ).value == hashing.hash_picture(PICTURE).hex


def test_a_confirmed_video_is_known_when_it_comes_cut_and_smaller(
    harbour: Organisation, cem: User, dan: User, settle: Settle
) -> None:
    decide(harbour, clip(Scene(1)), by=cem, seconded_by=dan, settle=settle)

    same = screening.screen(clip(Scene(1, start_s=1.3, seconds=2.5), width=240, crf=32), asked_by=harbour, at=AT)
    other = screening.screen(clip(Scene(2)), asked_by=harbour, at=AT)

    assert same.answer == Answer.KNOWN
    assert [sign.kind for sign in same.signs] == ["vpdq"]
    assert other.answer == Answer.CLEAR


def test_a_video_of_which_a_small_part_is_known_only_points(
    harbour: Organisation, cem: User, dan: User, settle: Settle
) -> None:
    decide(harbour, clip(Scene(1, seconds=2)), by=cem, seconded_by=dan, settle=settle)

    quoting = clip(Scene(2, seconds=6), Scene(1, seconds=2))
    screened = screening.screen(quoting, asked_by=harbour, item_id="video-1", at=AT)

    assert screened.answer == Answer.SUSPECT


def decide(harbour: Organisation, data: bytes, *, by: User, seconded_by: User, settle: Settle) -> None:
    """Let two people decide that a file is illegal, whatever is in it."""
    Rule.objects.create(order=1, kind=Kind.SHA256, answer=Answer.SUSPECT)
    [sign] = indicators.publish(
        [indicators.Sign(Kind.SHA256, hashing.digests(data).sha256, Category.OTHER)],
        source="import:first",
        actor="system",
        at=AT,
    )
    sequencer.stamp(at=AT)
    screening.screen(data, asked_by=harbour, item_id="first", at=AT)
    settle()
    illegal = cases.Judgement(Decision.Outcome.ILLEGAL, Category.CSAM, "Made-up ground")
    decision = cases.judge(Case.objects.get(), illegal, by=by, at=timezone.now())
    cases.agree(decision, by=seconded_by, at=timezone.now())
    settle()
    indicators.revoke(source=sign.source, actor="system", at=timezone.now())
    Rule.objects.all().delete()
    sequencer.stamp(at=timezone.now())
