"""A household and its children: little is kept, and what is kept is sealed."""

from __future__ import annotations

import pytest
from django.db import connection

from leeward.core.models import Record, User
from leeward.families import codes, devices, seats, services
from leeward.families.choices import AgeBand, Picture
from leeward.families.models import Child, Device, Guardian, Household
from leeward.families.tests.conftest import ANA, AT, NICKNAME, SignIn, phone_of

pytestmark = pytest.mark.django_db

OLDER = services.ChildDraft("Anuschka", Picture.OWL, AgeBand.TEEN)


def kinds() -> list[str]:
    return list(Record.objects.order_by("pk").values_list("kind", flat=True))


def test_a_guardian_begins_one_household_and_owns_it(bea: User) -> None:
    home = services.make_household(by=bea, at=AT)

    with pytest.raises(services.HasFamily):
        services.make_household(by=bea, at=AT)
    assert [(one.user, one.role) for one in home.guardians.all()] == [(bea, "owner")]
    assert Household.objects.count() == 1
    assert kinds() == ["families.HouseholdMade"]


def test_a_nickname_is_sealed_in_the_database(ana: Child) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nickname FROM families_child WHERE id = %s", [ana.pk])
        (stored,) = cursor.fetchone()

    assert NICKNAME not in stored
    assert Child.objects.get(pk=ana.pk).nickname == NICKNAME


def test_a_child_has_no_column_for_a_birth_date() -> None:
    assert {field.name for field in Child._meta.concrete_fields} == {
        "id",
        "uid",
        "household",
        "nickname",
        "picture",
        "band",
        "added_at",
        "removed_at",
    }


def test_facts_hold_ids_and_nothing_else(ana: Child, phone: Device, bea: User) -> None:
    services.change_child(ana, OLDER, by=bea, at=AT)
    devices.join_device(codes.device_token(phone.token_uid), at=AT)

    facts = Record.objects.filter(kind__startswith="families.").values_list("facts", flat=True)

    assert {name for fact in facts for name in fact} == {"household_uid", "child_uid", "device_uid"}
    assert not any("An" in str(fact) or "fox" in str(fact) for fact in facts)


def test_a_child_grows_into_the_next_band(ana: Child, bea: User) -> None:
    services.change_child(ana, OLDER, by=bea, at=AT)

    changed = Child.objects.get(pk=ana.pk)
    assert (changed.nickname, changed.picture, changed.band) == ("Anuschka", "owl", "13-17")
    assert kinds()[-1] == "families.ChildChanged"


def test_a_child_is_taken_off_with_its_devices_once(ana: Child, phone: Device, bea: User) -> None:
    services.remove_child(ana, by=bea, at=AT)

    with pytest.raises(services.NoSuchChild):
        services.remove_child(ana, by=bea, at=AT)
    with pytest.raises(services.NoSuchChild):
        services.change_child(ana, OLDER, by=bea, at=AT)
    assert not Child.objects.here().exists()
    assert not Device.objects.here().exists()
    assert kinds().count("families.ChildRemoved") == 1


def test_a_child_comes_back_with_the_devices_that_went_with_it(
    home: Household, ana: Child, phone: Device, bea: User
) -> None:
    tablet = devices.add_device(home, phone_of(ana), by=bea, at=AT)
    devices.remove_device(tablet, by=bea, at=AT)
    later = AT + seats.UNDO_WITHIN / 2
    services.remove_child(ana, by=bea, at=later)

    services.restore_child(ana, by=bea, at=later)

    assert list(Child.objects.here()) == [ana]
    assert list(Device.objects.here()) == [phone]
    assert kinds()[-1] == "families.ChildAdded"


def test_a_child_comes_back_for_half_an_hour_only(ana: Child, bea: User) -> None:
    services.remove_child(ana, by=bea, at=AT)

    with pytest.raises(seats.TooLate):
        services.restore_child(ana, by=bea, at=AT + seats.UNDO_WITHIN)


def test_a_child_that_is_there_is_not_restored(ana: Child, bea: User) -> None:
    with pytest.raises(seats.TooLate):
        services.restore_child(ana, by=bea, at=AT)


def test_there_is_an_end_to_how_many_children_there_can_be(home: Household, bea: User) -> None:
    for _ in range(services.MOST_CHILDREN):
        services.add_child(home, ANA, by=bea, at=AT)

    with pytest.raises(seats.TooMany):
        services.add_child(home, ANA, by=bea, at=AT)


def test_what_was_taken_off_is_forgotten_when_it_cannot_be_undone_any_more(
    ana: Child, phone: Device, bea: User
) -> None:
    services.remove_child(ana, by=bea, at=AT)

    services.forget(AT + seats.UNDO_WITHIN / 2)
    assert Child.objects.count() == 1

    services.forget(AT + seats.UNDO_WITHIN)
    assert (Child.objects.count(), Device.objects.count()) == (0, 0)
    assert Guardian.objects.count() == 1


# The pages.


def test_a_guardian_adds_a_child_on_the_page(signed_in: SignIn, home: Household, bea: User) -> None:
    browser = signed_in(bea)

    answer = browser.post("/family/children/add", {"nickname": " Mia ", "picture": "bee", "band": "6-9"}, follow=True)

    page = answer.content.decode()
    assert (Child.objects.get().nickname, Child.objects.get().band) == ("Mia", "6-9")
    assert "<bdi>Mia</bdi>" in page
    assert "6 to 9 years" in page


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"nickname": "  "}, "Write a nickname."),
        ({"nickname": "M" * 31}, "30 letters at most"),
        ({"nickname": "M\x00ia"}, "Null characters are not allowed."),
        ({"picture": "photo"}, "Choose one of them."),
        ({"band": "2014-03-01"}, "Choose one of them."),
    ],
)
def test_a_form_with_a_fault_says_what_to_do_and_keeps_what_was_typed(
    fault: dict[str, str], words: str, signed_in: SignIn, home: Household, bea: User
) -> None:
    sent = {"nickname": "Mia", "picture": "bee", "band": "6-9"} | fault

    answer = signed_in(bea).post("/family/children/add", sent)

    assert (answer.status_code, Child.objects.count()) == (422, 0)
    assert words in answer.content.decode()


def test_a_nickname_is_shown_as_text_and_never_as_markup(signed_in: SignIn, home: Household, bea: User) -> None:
    services.add_child(home, services.ChildDraft("<b>Mia</b>", Picture.BEE, AgeBand.SMALL), by=bea, at=AT)

    page = signed_in(bea).get("/family/").content.decode()

    assert "<b>Mia" not in page
    assert "&lt;b&gt;Mia&lt;/b&gt;" in page


def test_a_family_page_without_anything_says_how_to_begin(signed_in: SignIn, ben: User) -> None:
    browser = signed_in(ben)
    assert "Begin our family page" in browser.get("/family/").content.decode()

    page = browser.post("/family/begin", follow=True).content.decode()

    assert "No child is here yet." in page
    assert browser.post("/family/begin").status_code == 302
    assert Household.objects.count() == 1


def test_without_a_household_every_page_leads_to_the_beginning(signed_in: SignIn, ben: User) -> None:
    browser = signed_in(ben)

    for place in ("/family/children/add", "/family/devices/add", "/family/leave/"):
        assert browser.get(place)["Location"] == "/family/"
