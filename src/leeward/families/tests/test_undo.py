"""The last step of a visit can be undone with one button, by the same person, for half an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import User
from leeward.families import seats, undo
from leeward.families.models import Child, Device, Guardian, Household, Invitation
from leeward.families.tests.conftest import NICKNAME, SignIn

pytestmark = pytest.mark.django_db

UNDO = '<button class="button--quiet">Undo</button>'
CHILD = {"nickname": "Mia", "picture": "bee", "band": "6-9"}
DEVICE = {"kind": "tablet", "picture": "kite", "user": "shared"}

type Step = Callable[[Client, Child, Device], object]

STEPS: dict[str, Step] = {
    "belongs to your family now": lambda browser, ana, phone: browser.post("/family/children/add", CHILD),
    "was taken off, with the devices": lambda browser, ana, phone: browser.post(f"/family/children/{ana.uid}/remove"),
    "The device is added.": lambda browser, ana, phone: browser.post("/family/devices/add", DEVICE),
    "The device was taken off.": lambda browser, ana, phone: browser.post(f"/family/devices/{phone.uid}/remove"),
    "The code is made.": lambda browser, ana, phone: browser.post("/family/invite"),
    "You left the family.": lambda browser, ana, phone: browser.post("/family/leave/"),
}


def there() -> tuple[int, ...]:
    """Return how many there are of everything that is in force."""
    return (
        Child.objects.here().count(),
        Device.objects.here().count(),
        Guardian.objects.filter(left_at=None).count(),
        Invitation.objects.filter(withdrawn_at=None).count(),
        Household.objects.filter(closed_at=None).count(),
    )


@pytest.mark.parametrize("words", STEPS)
def test_each_step_is_undone_with_one_button(
    words: str, signed_in: SignIn, ana: Child, phone: Device, bea: User
) -> None:
    browser, before = signed_in(bea), there()
    STEPS[words](browser, ana, phone)
    assert there() != before
    page = browser.get("/family/").content.decode()
    assert words in page
    assert UNDO in page

    undone = browser.post("/family/undo", follow=True).content.decode()

    assert "Undone: «" in undone
    assert words in undone
    assert UNDO not in undone
    assert there() == before


def test_nothing_is_undone_twice(signed_in: SignIn, ana: Child, bea: User) -> None:
    browser = signed_in(bea)
    browser.post(f"/family/children/{ana.uid}/remove")
    browser.post("/family/undo")

    page = browser.post("/family/undo", follow=True).content.decode()

    assert "That cannot be undone any more." in page


def test_a_step_of_one_visit_is_not_undone_in_another(signed_in: SignIn, ana: Child, bea: User) -> None:
    signed_in(bea).post(f"/family/children/{ana.uid}/remove")

    page = signed_in(bea).get("/family/").content.decode()

    assert UNDO not in page


def test_after_half_an_hour_no_undo_is_offered(signed_in: SignIn, ana: Child, bea: User) -> None:
    browser = signed_in(bea)
    browser.post(f"/family/children/{ana.uid}/remove")
    long_ago = timezone.now() - seats.UNDO_WITHIN
    session = browser.session
    session["family_undo"] = [undo.Done.CHILD_REMOVED.value, str(ana.uid), long_ago.isoformat()]
    session.save()

    assert UNDO not in browser.get("/family/").content.decode()
    assert "cannot be undone" in browser.post("/family/undo", follow=True).content.decode()


def test_a_device_offers_to_undo_what_was_done_to_it_and_nothing_else(
    signed_in: SignIn, ana: Child, phone: Device, bea: User
) -> None:
    browser = signed_in(bea)
    added = browser.post("/family/devices/add", DEVICE, follow=True).content.decode()
    assert UNDO in added

    assert UNDO not in browser.get(f"/family/devices/{phone.uid}/").content.decode()


def test_a_session_keeps_an_id_and_no_name(signed_in: SignIn, ana: Child, bea: User) -> None:
    browser = signed_in(bea)

    browser.post(f"/family/children/{ana.uid}/remove")

    assert browser.session["family_undo"][:2] == ["child removed", str(ana.uid)]
    assert NICKNAME not in str(dict(browser.session))


@pytest.mark.parametrize("done", list(undo.Done))
def test_what_is_forgotten_cannot_be_undone(done: undo.Done, bea: User, home: Household) -> None:
    nobody = Guardian(user=bea).uid
    at: datetime = timezone.now() + timedelta(seconds=1)

    with pytest.raises(undo.NothingToUndo):
        undo.undo(undo.Step(done, nobody, at), by=bea, at=at)


@pytest.mark.parametrize("done", list(undo.Done))
def test_another_familys_step_is_not_undone_with_a_forged_session(
    done: undo.Done, signed_in: SignIn, fay: User, home: Household, ana: Child, phone: Device, bea: User
) -> None:
    signed_in(bea).post("/family/invite")
    invitation = Invitation.objects.get()
    of = {"child": ana.uid, "device": phone.uid, "invited": invitation.uid, "left": home.uid}
    browser, before = signed_in(fay), there()
    session = browser.session
    session["family_undo"] = [done.value, str(of[done.value.split()[0]]), timezone.now().isoformat()]
    session.save()

    browser.post("/family/undo")

    assert there() == before
