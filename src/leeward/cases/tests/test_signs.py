"""Signs follow from a decision in effect, and from nothing else."""

from __future__ import annotations

import hashlib

import pytest

from leeward.cases import reactions
from leeward.cases import services as cases
from leeward.cases.tests.desk import (
    AGAINST_TERMS,
    AT,
    ILLEGAL,
    MAY_STAY,
    found_illegal,
    in_force,
    new_case,
    with_evidence,
)
from leeward.core.models import User
from leeward.engines import hashing
from leeward.engines.hashing.tests import drawn
from leeward.indicators.models import Change, Indicator, Kind
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


def digests(data: bytes) -> set[str]:
    return {hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256")}


def test_a_decision_publishes_the_digests_of_its_evidence_and_its_host(cem: User, dan: User, settle: Settle) -> None:
    case, data = new_case(), b"the bytes of a drawn shape"
    with_evidence(case, data)

    decision = found_illegal(case, by=cem, and_by=dan)
    settle()

    assert in_force() == {*digests(data), "bad.example"}
    sign = Indicator.objects.get(kind=Kind.DOMAIN)
    assert (sign.source, sign.category, sign.reviews) == (f"decision:{decision.uid}", "sextortion", 2)
    assert sign.legality == [{"jurisdiction": "any", "status": "illegal", "basis": "Penal code 7"}]


def test_a_picture_is_also_known_by_its_look(cem: User, settle: Settle) -> None:
    case, picture = new_case(), drawn.encoded(drawn.picture(1))
    with_evidence(case, picture)

    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()

    assert in_force() == {*digests(picture), hashing.hash_picture(picture).hex}
    assert {sign.reviews for sign in Indicator.objects.all()} == {1}


def test_a_picture_with_too_little_in_it_is_known_by_its_bytes_only(cem: User, settle: Settle) -> None:
    case, plain = new_case(), drawn.encoded(drawn.picture(1).resize((4, 4)))
    with_evidence(case, plain)

    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()

    assert in_force() == digests(plain)


def test_what_may_stay_publishes_nothing(cem: User, settle: Settle) -> None:
    case = new_case()
    with_evidence(case)

    cases.judge(case, MAY_STAY, by=cem, at=AT)
    settle()

    assert not Indicator.objects.exists()


def test_what_waits_for_a_second_person_publishes_nothing(cem: User, settle: Settle) -> None:
    case = new_case()
    with_evidence(case)

    cases.judge(case, ILLEGAL, by=cem, at=AT)
    reactions.publish_signs.call(case_uid=str(case.uid))
    settle()

    assert not Indicator.objects.exists()


def test_signs_of_a_standing_decision_are_not_taken_back_by_a_stray_reaction(cem: User, settle: Settle) -> None:
    case = new_case()
    with_evidence(case)
    decision = cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()

    reactions.revoke_signs.call(decision_uid=str(decision.uid))

    assert in_force() == digests(b"the bytes of a drawn shape")


def test_evidence_that_comes_after_the_decision_is_published_too(cem: User, dan: User, settle: Settle) -> None:
    case = new_case()
    found_illegal(case, by=cem, and_by=dan)
    settle()

    with_evidence(case, b"late bytes")
    settle()

    assert in_force() == {*digests(b"late bytes"), "bad.example"}


def test_evidence_that_comes_after_the_reversal_is_not_published(
    cem: User, dan: User, sam: User, settle: Settle
) -> None:
    case = new_case()
    cases.reverse(found_illegal(case, by=cem, and_by=dan), by=sam, at=AT)
    settle()

    with_evidence(case, b"late bytes")
    settle()

    assert in_force() == set()


def test_a_decision_reversed_before_its_signs_were_published_leaves_none(
    cem: User, dan: User, sam: User, settle: Settle
) -> None:
    case = new_case()
    with_evidence(case)

    cases.reverse(found_illegal(case, by=cem, and_by=dan), by=sam, at=AT)
    settle()

    assert in_force() == set()


def test_a_reversal_takes_back_its_own_signs_and_leaves_those_of_others(
    cem: User, dan: User, sam: User, settle: Settle
) -> None:
    one, other = new_case("https://bad.example/1"), new_case("https://bad.example/2")
    reversed_one = found_illegal(one, by=cem, and_by=dan)
    kept = found_illegal(other, by=cem, and_by=dan)
    settle()

    cases.reverse(reversed_one, by=sam, at=AT)
    settle()

    assert in_force() == {"bad.example"}
    assert Indicator.objects.get(state=Indicator.State.ACTIVE).source == kept.source
    assert list(Change.objects.order_by("pk").values_list("op", flat=True)) == ["publish", "publish", "revoke"]
