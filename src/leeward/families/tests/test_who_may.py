"""Nobody but a guardian of the household itself gets anything of it: not by a service and not by a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import serializers
from django.test import Client
from django.urls import reverse

from leeward.core.models import Membership, Record, Role, User
from leeward.families import devices, guardians, seats, services, urls
from leeward.families.choices import Use
from leeward.families.models import Child, Device, Guardian, Household, Invitation
from leeward.families.tests.conftest import ANA, AT, NICKNAME, SOFA, SignIn

pytestmark = pytest.mark.django_db

type Verb = Callable[[Household, Child, Device, Invitation, User], object]

VERBS: dict[str, Verb] = {
    "add a child": lambda home, ana, phone, code, by: services.add_child(home, ANA, by=by, at=AT),
    "change a child": lambda home, ana, phone, code, by: services.change_child(ana, ANA, by=by, at=AT),
    "remove a child": lambda home, ana, phone, code, by: services.remove_child(ana, by=by, at=AT),
    "restore a child": lambda home, ana, phone, code, by: services.restore_child(ana, by=by, at=AT),
    "add a device": lambda home, ana, phone, code, by: devices.add_device(home, SOFA, by=by, at=AT),
    "change a device": lambda home, ana, phone, code, by: devices.change_device(phone, SOFA, by=by, at=AT),
    "renew an address": lambda home, ana, phone, code, by: devices.renew_address(phone, by=by, at=AT),
    "remove a device": lambda home, ana, phone, code, by: devices.remove_device(phone, by=by, at=AT),
    "restore a device": lambda home, ana, phone, code, by: devices.restore_device(phone, by=by, at=AT),
    "invite": lambda home, ana, phone, code, by: guardians.invite(home, by=by, at=AT),
    "withdraw": lambda home, ana, phone, code, by: guardians.withdraw(code, by=by, at=AT),
    "leave": lambda home, ana, phone, code, by: guardians.leave(home, by=by, at=AT),
}
STRANGERS = ("eve", "fay", "ben", "cem", "olga")
DOORS = {str(pattern.name): pattern for pattern in urls.urlpatterns}
ON_THE_DEVICE = {"device_join", "device_setup", "device_profile"}
PRIVATE = [name for name in DOORS if name not in ON_THE_DEVICE]


def kept() -> str:
    """Return every row of the families, as text."""
    rows = [row for model in (Household, Guardian, Child, Device, Invitation) for row in model.objects.order_by("pk")]
    return f"{serializers.serialize('json', rows)} {Record.objects.count()}"


@pytest.fixture
def code(home: Household, bea: User) -> Invitation:
    return guardians.invite(home, by=bea, at=AT)


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_service_refuses_everybody_who_does_not_look_after_the_household(
    verb: str,
    name: str,
    request: pytest.FixtureRequest,
    home: Household,
    ana: Child,
    phone: Device,
    code: Invitation,
) -> None:
    person: User = request.getfixturevalue(name)
    before = kept()

    with pytest.raises((seats.NotYourFamily, seats.NoGuardian)):
        VERBS[verb](home, ana, phone, code, person)

    assert kept() == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_service_refuses_a_guardian_who_left(
    verb: str, home: Household, ana: Child, phone: Device, code: Invitation, bea: User
) -> None:
    guardians.leave(home, by=bea, at=AT)

    with pytest.raises(seats.NotYourFamily):
        VERBS[verb](home, ana, phone, code, bea)


@pytest.mark.parametrize("verb", VERBS)
def test_a_service_refuses_a_guardian_whose_role_was_taken_away(
    verb: str, home: Household, ana: Child, phone: Device, code: Invitation, bea: User
) -> None:
    Membership.objects.filter(user=bea).delete()

    with pytest.raises(seats.NoGuardian):
        VERBS[verb](home, ana, phone, code, User.objects.get(pk=bea.pk))


def test_a_service_refuses_a_guardian_who_was_switched_off(home: Household, bea: User) -> None:
    User.objects.filter(pk=bea.pk).update(is_active=False)

    with pytest.raises(seats.NoGuardian):
        services.add_child(home, ANA, by=User.objects.get(pk=bea.pk), at=AT)


@pytest.mark.parametrize("name", ["eve", "cem", "olga"])
def test_who_is_no_guardian_makes_and_joins_no_household(
    name: str, request: pytest.FixtureRequest, code: Invitation
) -> None:
    person: User = request.getfixturevalue(name)

    with pytest.raises(seats.NoGuardian):
        services.make_household(by=person, at=AT)
    with pytest.raises(seats.NoGuardian):
        guardians.join("0" * 16, by=person, at=AT)

    assert not Guardian.objects.filter(user=person).exists()


def test_a_device_is_not_given_to_a_child_of_another_family(ana: Child, fay: User) -> None:
    elsewhere = Guardian.objects.get(user=fay).household
    draft = devices.DeviceDraft(SOFA.kind, SOFA.picture, Use.CHILD, ana)

    with pytest.raises(seats.NotYourFamily):
        devices.add_device(elsewhere, draft, by=fay, at=AT)


def address(door: str, *, ana: Child, phone: Device, code: Invitation) -> str:
    route = str(DOORS[door].pattern)
    uid = {"children": ana.uid, "devices": phone.uid, "invitations": code.uid}.get(route.partition("/")[0])
    return reverse(f"families:{door}", kwargs={"uid": uid} if DOORS[door].pattern.converters else {})


def knock(browser: Client, place: str) -> list[tuple[int, str]]:
    words = {"nickname": "Taken", "picture": "fox", "band": "6-9", "kind": "phone", "user": "shared"}
    answers = [browser.get(place), browser.post(place, words)]
    # The address that was asked for stands in links to the sign-in.
    return [(answer.status_code, answer.content.decode().replace(place, "")) for answer in answers]


@pytest.mark.parametrize("door", PRIVATE)
@pytest.mark.parametrize("name", ["eve", "cem", "olga"])
def test_no_page_opens_without_the_role_of_a_guardian(
    door: str,
    name: str,
    request: pytest.FixtureRequest,
    signed_in: SignIn,
    ana: Child,
    phone: Device,
    code: Invitation,
) -> None:
    before = kept()

    answers = knock(signed_in(request.getfixturevalue(name)), address(door, ana=ana, phone=phone, code=code))

    assert [status for status, _ in answers] == [403, 403]
    assert not any(NICKNAME in page for _, page in answers)
    assert kept() == before


@pytest.mark.parametrize("door", [name for name in PRIVATE if DOORS[name].pattern.converters])
def test_a_guardian_of_another_family_finds_nothing_there(
    door: str, signed_in: SignIn, fay: User, ana: Child, phone: Device, code: Invitation
) -> None:
    before = kept()

    answers = knock(signed_in(fay), address(door, ana=ana, phone=phone, code=code))

    assert {status for status, _ in answers} <= {404, 405}
    assert not any(NICKNAME in page for _, page in answers)
    assert kept() == before


@pytest.mark.parametrize("name", ["fay", "ben"])
def test_the_family_page_shows_nothing_of_another_family(
    name: str, request: pytest.FixtureRequest, signed_in: SignIn, ana: Child, phone: Device
) -> None:
    page = signed_in(request.getfixturevalue(name)).get("/family/").content.decode()

    assert NICKNAME not in page
    assert str(phone.uid) not in page
    assert "bea" not in page


@pytest.mark.parametrize("door", PRIVATE)
def test_a_stranger_is_led_to_the_sign_in(
    door: str, client: Client, ana: Child, phone: Device, code: Invitation
) -> None:
    answer = client.post(address(door, ana=ana, phone=phone, code=code))

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/account/login/")


def test_only_guardians_find_the_family_page_in_the_line_at_the_top(signed_in: SignIn, bea: User, cem: User) -> None:
    assert 'href="/family/"' in signed_in(bea).get("/").content.decode()
    assert 'href="/family/"' not in signed_in(cem).get("/").content.decode()


def test_a_reviewer_who_is_a_parent_has_a_family_of_their_own_and_no_other(
    cem: User, ana: Child, home: Household, signed_in: SignIn
) -> None:
    Membership.objects.create(user=cem, organisation=cem.organisations.get(), role=Role.GUARDIAN)
    own = services.make_household(by=User.objects.get(pk=cem.pk), at=AT)

    assert own != home
    assert NICKNAME not in signed_in(cem).get("/family/").content.decode()
