"""Guardians: one begins, others come by a code, and each can leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import Organisation, Record, User
from leeward.families import codes, guardians, seats, services
from leeward.families.models import Child, Guardian, Household, Invitation
from leeward.families.tests.conftest import AT, NICKNAME, SignIn, guardian_account

pytestmark = pytest.mark.django_db


def invite(home: Household, *, by: User) -> str:
    return codes.invitation_code(guardians.invite(home, by=by, at=AT).uid)


def roles(home: Household) -> dict[str, str]:
    return {one.user.username: one.role for one in home.guardians.filter(left_at=None)}


def last_kind() -> str:
    return Record.objects.order_by("pk").values_list("kind", flat=True).last() or ""


@pytest.fixture
def together(home: Household, bea: User, ben: User) -> Household:
    """Bea and Ben look after one household; Bea owns it."""
    guardians.join(invite(home, by=bea), by=ben, at=AT + timedelta(seconds=1))
    return home


def test_a_second_guardian_comes_by_a_code(together: Household) -> None:
    assert roles(together) == {"bea": "owner", "ben": "guardian"}
    assert last_kind() == "families.GuardianJoined"


def test_a_code_brings_one_person_only(home: Household, bea: User, ben: User, harbour: Organisation) -> None:
    code = invite(home, by=bea)
    guardians.join(code, by=ben, at=AT)

    with pytest.raises(guardians.CodeOver):
        guardians.join(code, by=guardian_account("dora", at=harbour), at=AT)
    assert set(roles(home)) == {"bea", "ben"}


def test_a_code_is_over_after_two_days_and_when_it_was_taken_back(home: Household, bea: User, ben: User) -> None:
    old = invite(home, by=bea)
    with pytest.raises(guardians.CodeOver):
        guardians.join(old, by=ben, at=AT + guardians.CODE_GOOD_FOR)
    guardians.withdraw(Invitation.objects.get(), by=bea, at=AT)

    with pytest.raises(guardians.CodeOver):
        guardians.join(old, by=ben, at=AT)
    assert last_kind() == "families.InvitationWithdrawn"
    with pytest.raises(guardians.CodeOver):
        guardians.withdraw(Invitation.objects.get(), by=bea, at=AT)


def test_a_new_code_ends_the_one_before(home: Household, bea: User, ben: User) -> None:
    first, second = invite(home, by=bea), invite(home, by=bea)

    with pytest.raises(guardians.CodeOver):
        guardians.join(first, by=ben, at=AT)
    guardians.join(second, by=ben, at=AT)


def test_a_code_that_nobody_gave_opens_nothing(home: Household, bea: User, ben: User) -> None:
    invite(home, by=bea)

    with pytest.raises(guardians.CodeOver):
        guardians.join("1234 5678 9012 3456", by=ben, at=AT)


def test_a_code_is_kept_as_a_digest(home: Household, bea: User) -> None:
    code = invite(home, by=bea)

    assert bytes(Invitation.objects.get().code) == codes.code_digest(code)
    assert len(code) == codes.CODE_DIGITS


def test_who_looks_after_a_family_already_joins_no_second_one_and_the_code_stays_good(
    home: Household, bea: User, ben: User, fay: User
) -> None:
    code = invite(home, by=bea)

    with pytest.raises(services.HasFamily):
        guardians.join(code, by=fay, at=AT)

    guardians.join(code, by=ben, at=AT)


def test_only_the_owner_invites_and_takes_back(together: Household, bea: User, ben: User) -> None:
    with pytest.raises(guardians.OwnerOnly):
        guardians.invite(together, by=ben, at=AT)
    invitation = guardians.invite(together, by=bea, at=AT)
    with pytest.raises(guardians.OwnerOnly):
        guardians.withdraw(invitation, by=ben, at=AT)


def test_there_is_an_end_to_how_many_guardians_there_can_be(
    together: Household, bea: User, harbour: Organisation
) -> None:
    for number in range(guardians.MOST_GUARDIANS - 2):
        guardians.join(invite(together, by=bea), by=guardian_account(f"more{number}", at=harbour), at=AT)

    with pytest.raises(seats.TooMany):
        guardians.invite(together, by=bea, at=AT)


def test_when_the_owner_leaves_who_was_there_longest_owns_the_household(
    together: Household, bea: User, ben: User
) -> None:
    code = invite(together, by=bea)
    guardians.leave(together, by=bea, at=AT)

    assert roles(together) == {"ben": "owner"}
    assert last_kind() == "families.GuardianLeft"
    with pytest.raises(guardians.CodeOver):
        guardians.join(code, by=bea, at=AT)


def test_when_the_last_one_leaves_the_household_is_closed_and_then_forgotten(
    home: Household, ana: Child, bea: User
) -> None:
    guardians.leave(home, by=bea, at=AT)
    assert not Child.objects.here().exists()
    assert Child.objects.filter(pk=ana.pk).exists()

    services.forget(AT + seats.UNDO_WITHIN)

    counts = [model.objects.count() for model in (Household, Guardian, Child, Invitation)]
    assert counts == [0, 0, 0, 0]


def test_who_left_by_mistake_comes_back_as_before(together: Household, bea: User) -> None:
    guardians.leave(together, by=bea, at=AT)

    guardians.come_back(together, by=bea, at=AT)

    assert roles(together) == {"bea": "owner", "ben": "guardian"}


def test_the_last_one_comes_back_to_everything(home: Household, ana: Child, bea: User) -> None:
    guardians.leave(home, by=bea, at=AT)

    guardians.come_back(home, by=bea, at=AT)

    assert list(Child.objects.here()) == [ana]
    assert roles(home) == {"bea": "owner"}


def test_nobody_comes_back_later_or_to_where_they_never_were(together: Household, bea: User, fay: User) -> None:
    guardians.leave(together, by=bea, at=AT)

    with pytest.raises(seats.TooLate):
        guardians.come_back(together, by=bea, at=AT + seats.UNDO_WITHIN)
    with pytest.raises(seats.TooLate):
        guardians.come_back(together, by=fay, at=AT)


def test_who_began_another_family_meanwhile_does_not_come_back(together: Household, bea: User) -> None:
    guardians.leave(together, by=bea, at=AT)
    services.make_household(by=bea, at=AT)

    with pytest.raises(services.HasFamily):
        guardians.come_back(together, by=bea, at=AT)


# The pages.


def shown_code(page: str) -> str:
    return page.partition('<p class="receipt-code">')[2].partition("<")[0]


def test_a_guardian_invites_another_who_joins_on_the_page(signed_in: SignIn, ana: Child, bea: User, ben: User) -> None:
    page = signed_in(bea).post("/family/invite", follow=True).content.decode()
    browser = signed_in(ben)

    joined = browser.post("/family/join/", {"code": shown_code(page)}, follow=True).content.decode()

    assert "You look after this family now, too." in joined
    assert NICKNAME in joined
    assert "Invite another grown-up" not in joined
    assert shown_code(signed_in(bea).get("/family/").content.decode()) == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Type the code first."), ("12", "sixteen digits"), ("1234 5678 9012 3456", "We do not know this code")],
)
def test_a_wrong_code_says_what_to_do(typed: str, words: str, signed_in: SignIn, ben: User) -> None:
    answer = signed_in(ben).post("/family/join/", {"code": typed})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_who_has_a_family_reads_that_it_must_be_left_first(
    signed_in: SignIn, home: Household, bea: User, fay: User
) -> None:
    code = codes.invitation_code(guardians.invite(home, by=bea, at=timezone.now()).uid)
    answer = signed_in(fay).post("/family/join/", {"code": code})

    assert answer.status_code == 422
    assert "Leave it first." in answer.content.decode()


def test_leaving_is_asked_first_and_says_what_follows(
    signed_in: SignIn, client: Client, home: Household, bea: User
) -> None:
    browser = signed_in(bea)

    assert "Nobody else looks after this family here." in browser.get("/family/leave/").content.decode()
    assert roles(home) == {"bea": "owner"}
    page = browser.post("/family/leave/", follow=True).content.decode()

    assert "Begin our family page" in page
    assert roles(home) == {}
