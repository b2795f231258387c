"""A family is told which of the kinds that it ticked no list brings a name for."""

from __future__ import annotations

import pytest

from leeward.core.models import User
from leeward.families.tests.conftest import AT, SignIn, ana, client, fay, guardian_account, home, signed_in
from leeward.filtering.lists import coverage
from leeward.filtering.lists.models import ListSource
from leeward.limits import services
from leeward.limits.models import Limits
from leeward.limits.tests.conftest import limits

__all__ = ["ana", "client", "fay", "guardian_account", "home", "limits", "signed_in"]
pytestmark = pytest.mark.django_db

SENTENCE = "Your provider has no list of names for the kinds marked «No list yet»."


def listed(kind: str, *, count: int = 1) -> None:
    ListSource.objects.create(
        slug=kind, name=kind, address="", format="domains", marks=kind, next_at=AT, last_good=f"{kind}-1", count=count
    )


def test_a_ticked_kind_without_a_list_is_marked_and_one_with_a_list_is_not(
    limits: Limits, bea: User, signed_in: SignIn
) -> None:
    services.set_blocked(limits, ["gambling", "adult"], by=bea, at=AT)
    listed("gambling")
    browser, place = signed_in(bea), f"/family/limits/{limits.uid}/"

    kept = browser.get(f"{place}kept/").content.decode()
    overview = browser.get(place).content.decode()

    assert kept.count(SENTENCE) == 1
    badge = '<span class="badge badge--warn">No list yet</span>'
    assert f'id="kept-adult-is">{badge}' in kept
    assert 'id="kept-gambling-is">' in kept
    assert f'id="kept-gambling-is">{badge}' not in kept
    assert "2 of 6" in overview
    assert "No list yet: 1" in overview


def test_where_every_kind_has_a_list_nothing_is_said(limits: Limits, bea: User, signed_in: SignIn) -> None:
    for kind in sorted(coverage.uncovered()):
        listed(kind)

    assert "No list yet" not in signed_in(bea).get(f"/family/limits/{limits.uid}/kept/").content.decode()
