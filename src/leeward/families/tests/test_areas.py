"""Areas for children only: who comes in, who never does, and where a child goes when it grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leeward.age.levels import Kind, Level
from leeward.age.rules import permits
from leeward.core.models import Membership, Organisation, Record, Role, User
from leeward.families.areas import bounds, moderating, services
from leeward.families.areas.bounds import Shown
from leeward.families.areas.choices import Basis, Check, Room, room_of
from leeward.families.areas.models import Area, Member, Moderator
from leeward.families.areas.moderating import Vetting
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.months import Month
from leeward.families.models import Child
from leeward.families.permission import links
from leeward.families.permission.choices import Relation, Sign
from leeward.families.permission.models import GuardianLink
from leeward.families.tests.conftest import AT
from leeward.families.tests.family import show_adult
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
NEXT_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)
UNDER = Shown(is_over_18=False, kind=Kind.VERIFICATION, level=Level.ENHANCED, is_trusted_issuer=True)


@pytest.fixture
def music(olga: User) -> Area:
    return services.open_area(slug="music", name="Music", by=olga, at=AT)


@pytest.fixture
def oleg(harbour: Organisation) -> User:
    """A second operator."""
    person = User.objects.create_user(username="oleg")
    Membership.objects.create(user=person, organisation=harbour, role=Role.OPERATOR)
    return person


@pytest.fixture
def member(music: Area, ana: Child, bea: User) -> Member:
    """Ana is in, because Bea has shown surely to be a grown-up."""
    links.state(ana, by=bea, at=AT)
    show_adult(bea)
    return services.admit(music, ana, shown=None, at=AT)


def rooms(member: Member, *, at: datetime = AT) -> frozenset[str]:
    return permits.scopes(member.subject, at=at)


def test_a_child_of_a_guardian_whose_age_was_shown_surely_comes_into_the_room_for_its_age(member: Member) -> None:
    assert (member.room, member.basis) == (Room.MIDDLE, Basis.GUARDIAN)
    assert rooms(member) == {"area:music:10-12"}


@pytest.mark.parametrize("level", [None, Level.BASIC, Level.STANDARD])
def test_a_guardian_who_did_not_show_it_surely_enough_lets_nobody_in(
    level: Level | None, music: Area, ana: Child, bea: User
) -> None:
    links.state(ana, by=bea, at=AT)
    if level:
        show_adult(bea, level=level)

    with pytest.raises(bounds.NoUpperBound):
        services.admit(music, ana, shown=None, at=AT)
    assert not Member.objects.exists()


def test_without_a_link_nobody_comes_in(music: Area, ana: Child, bea: User) -> None:
    show_adult(bea)

    with pytest.raises(bounds.NoUpperBound):
        services.admit(music, ana, shown=None, at=AT)


def test_the_schools_list_lets_in_without_a_guardians_age(music: Area, ana: Child, bea: User, olga: User) -> None:
    link = links.state(ana, by=bea, at=AT)
    links.add_evidence(link, Relation.ROSTER, by=olga, at=AT)

    assert services.admit(music, ana, shown=None, at=AT).basis == Basis.ROSTER


def test_a_trusted_issuer_lets_in(music: Area, ana: Child) -> None:
    assert services.admit(music, ana, shown=UNDER, at=AT).basis == Basis.ISSUER


@pytest.mark.parametrize(
    "shown",
    [
        Shown(is_over_18=False, kind=kind, level=Level.ENHANCED, is_trusted_issuer=True)
        for kind in (Kind.ESTIMATION, Kind.DECLARATION, Kind.INFERENCE)
    ]
    + [
        Shown(is_over_18=False, kind=Kind.VERIFICATION, level=Level.ENHANCED, is_trusted_issuer=False),
        Shown(is_over_18=False, kind=Kind.VERIFICATION, level=Level.STANDARD, is_trusted_issuer=True),
    ],
)
def test_an_estimate_or_somebodys_word_never_lets_in(shown: Shown, music: Area, ana: Child) -> None:
    with pytest.raises(bounds.NoUpperBound):
        services.admit(music, ana, shown=shown, at=AT)


def test_who_showed_to_be_over_18_stays_out_whatever_else_says_child(music: Area, ana: Child, bea: User) -> None:
    links.state(ana, by=bea, at=AT)
    show_adult(bea)
    over = Shown(is_over_18=True, kind=Kind.VERIFICATION, level=Level.ENHANCED, is_trusted_issuer=True)

    with pytest.raises(bounds.NoUpperBound):
        services.admit(music, ana, shown=over, at=AT)


def test_a_teenager_whose_room_is_not_known_is_asked_for_the_month(music: Area, ana: Child, bea: User) -> None:
    Child.objects.filter(pk=ana.pk).update(band="13-17")
    ana.refresh_from_db()

    with pytest.raises(services.AgeUnknown):
        services.admit(music, ana, shown=UNDER, at=AT)
    birthdays.say(ana, Month(2010, 3), by=bea, at=AT)
    assert services.admit(music, ana, shown=UNDER, at=AT).room == Room.TEEN


def test_on_the_birthday_a_child_goes_into_the_next_room_and_not_before(
    member: Member, ana: Child, bea: User, settle: Settle
) -> None:
    birthdays.say(ana, Month(2013, 12), by=bea, at=AT)
    services.look_again(ana, at=NEXT_YEAR - timedelta(seconds=1))
    member.refresh_from_db()
    assert member.room == Room.MIDDLE

    birthdays.move_on(NEXT_YEAR)
    ana.refresh_from_db()
    services.look_again(ana, at=NEXT_YEAR)

    member.refresh_from_db()
    assert (member.room, member.left_at) == (Room.YOUNG_TEEN, None)
    assert rooms(member, at=NEXT_YEAR) == {"area:music:13-15"}


def test_at_18_a_child_leaves(music: Area, ana: Child, bea: User) -> None:
    birthdays.say(ana, Month(2008, 12), by=bea, at=AT)
    member = services.admit(music, ana, shown=UNDER, at=AT)
    assert member.room == Room.TEEN

    birthdays.move_on(NEXT_YEAR)
    ana.refresh_from_db()
    services.look_again(ana, at=NEXT_YEAR)

    assert not rooms(member, at=NEXT_YEAR)
    member.refresh_from_db()
    assert member.left_at == NEXT_YEAR


def test_when_the_guardians_link_is_held_the_child_is_out_until_a_person_has_looked(
    member: Member, ana: Child, settle: Settle
) -> None:
    links.freeze(GuardianLink.objects.get(), Sign.CHILD, actor="device", at=AT)
    settle()

    assert not rooms(member)


def test_a_child_leaves_and_comes_back(member: Member, music: Area, ana: Child) -> None:
    services.leave(member, actor="device", at=AT)
    services.leave(member, actor="device", at=AT)
    assert not rooms(member)

    assert rooms(services.admit(music, ana, shown=None, at=AT))
    assert Record.objects.filter(kind="areas.MemberLeft").count() == 1


@pytest.mark.parametrize(
    ("known", "room"),
    [
        ({10: False}, Room.SMALL),
        ({10: True, 13: False}, Room.MIDDLE),
        ({13: True, 16: False}, Room.YOUNG_TEEN),
        ({16: True, 18: False}, Room.TEEN),
        ({18: True}, None),
        ({13: True, 18: False}, None),
        ({}, None),
    ],
)
def test_the_room_for_what_is_known_of_an_age(known: dict[int, bool], room: Room | None) -> None:
    assert room_of(known) == room


# --- Moderators ------------------------------------------------------------------------------------

VETTING = Vetting(Check.RECORD, "ref-4711", (AT + timedelta(days=200)).date())


def test_two_operators_look_before_somebody_moderates(music: Area, dan: User, olga: User, oleg: User) -> None:
    moderator = moderating.propose(music, dan, VETTING, by=olga, at=AT)
    assert not moderating.may_moderate(dan, music, at=AT)
    with pytest.raises(moderating.SamePerson):
        moderating.approve(moderator, by=olga, at=AT)

    moderating.approve(moderator, by=oleg, at=AT)

    assert moderating.may_moderate(dan, music, at=AT)
    assert not moderating.may_moderate(dan, music, at=AT + timedelta(days=201))
    with pytest.raises(moderating.ModeratorMoved):
        moderating.approve(moderator, by=oleg, at=AT)
    moderating.end(moderator, by=olga, at=AT)
    assert not moderating.may_moderate(dan, music, at=AT)


def test_nobody_approves_themselves(music: Area, olga: User, oleg: User) -> None:
    moderator = moderating.propose(music, oleg, VETTING, by=olga, at=AT)

    with pytest.raises(moderating.SamePerson):
        moderating.approve(moderator, by=oleg, at=AT)


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_check_that_is_over_or_too_long_is_refused(days: int, music: Area, dan: User, olga: User) -> None:
    vetting = Vetting(Check.RECORD, "ref", (AT + timedelta(days=days)).date())

    with pytest.raises(moderating.DayRefused):
        moderating.propose(music, dan, vetting, by=olga, at=AT)


@pytest.mark.parametrize("name", ["eve", "bea", "cem"])
def test_only_operators_open_areas_and_say_who_moderates(
    name: str, request: pytest.FixtureRequest, music: Area, dan: User, olga: User
) -> None:
    person: User = request.getfixturevalue(name)
    moderator = moderating.propose(music, dan, VETTING, by=olga, at=AT)

    for verb in (
        lambda: services.open_area(slug="x", name="x", by=person, at=AT),
        lambda: moderating.propose(music, person, VETTING, by=person, at=AT),
        lambda: moderating.approve(moderator, by=person, at=AT),
        lambda: moderating.end(moderator, by=person, at=AT),
    ):
        with pytest.raises(services.NotOperator):
            verb()
    assert Moderator.objects.count() == 1


def test_the_reference_of_a_check_is_sealed(music: Area, dan: User, olga: User) -> None:
    moderating.propose(music, dan, VETTING, by=olga, at=AT)

    stored = Moderator.objects.extra(select={"raw": "reference"}).values_list("raw", flat=True)[0]
    assert "4711" not in stored
    assert "4711" not in str(list(Record.objects.values_list("facts", flat=True)))
