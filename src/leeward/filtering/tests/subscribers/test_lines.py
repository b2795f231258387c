"""A line and a household: who may link them, what the planes are told, and what Eve and other families get."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from leeward.core import config
from leeward.core.models import Membership, Organisation, Record, Role, User
from leeward.families import guardians, seats, services
from leeward.families.models import Household
from leeward.filtering.subscribers import chores, sessions, statements
from leeward.filtering.subscribers import services as subscribers
from leeward.filtering.subscribers.identities import Identities, of_network, of_ports
from leeward.filtering.subscribers.models import Held, Session, Subscriber
from leeward.filtering.subscribers.sessions import Event, Word
from leeward.limits.choices import Whose
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOME = "192.0.2.7"
NAS = b"nas"
REFERENCE = "Plain Contract 17"


def minute(number: int) -> datetime:
    return AT + timedelta(minutes=number)


def connected(*held: Identities, line: str = REFERENCE, at: int = 0, session: bytes = b"") -> None:
    event = Event(Word.START, session or line.encode(), NAS, minute(at), minute(at), line, held or (of_network(HOME),))
    sessions.take([event], kind=Session.Kind.RADIUS, names={NAS: "access"}, at=minute(at))


def gone(session: bytes, *, at: int) -> None:
    event = Event(Word.STOP, session, NAS, minute(at))
    sessions.take([event], kind=Session.Kind.RADIUS, names={NAS: "access"}, at=minute(at))


def guardian_account(name: str, *, at: Organisation) -> User:
    person = User.objects.create_user(username=name)
    Membership.objects.create(user=person, organisation=at, role=Role.GUARDIAN)
    return person


@pytest.fixture
def guardian(harbour: Organisation) -> User:
    """Bea, who looks after a household."""
    return guardian_account("bea-of-the-line", at=harbour)


@pytest.fixture
def fay(harbour: Organisation) -> User:
    """A guardian of another household."""
    return guardian_account("fay", at=harbour)


@pytest.fixture
def home(guardian: User) -> Household:
    return services.make_household(by=guardian, at=AT)


@pytest.fixture
def elsewhere(fay: User) -> Household:
    return services.make_household(by=fay, at=AT)


@pytest.fixture
def line() -> Subscriber:
    connected()
    return Subscriber.objects.get()


def browser_of(person: User, *, address: str = HOME, port: int = 50_000) -> Client:
    browser = Client(headers={"host": "localhost"}, REMOTE_ADDR=address, REMOTE_PORT=str(port))
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def number_of(household: Household) -> int:
    return Limits.objects.get(household=household, whose=Whose.LINE).pk


def test_a_line_that_is_linked_leads_to_the_limits_of_everybody_at_home(
    line: Subscriber, home: Household, guardian: User
) -> None:
    before = subscribers.limits_at(HOME, at=AT)
    subscribers.link(line, home, by=guardian, at=minute(1))

    found = subscribers.limits_at(HOME, at=AT)
    assert before is None
    assert found is not None
    assert (found.household, found.whose) == (home, Whose.LINE)
    assert subscribers.identities_of(home) == [of_network(HOME).first]
    assert list(subscribers.everything()) == [(of_network(HOME).first, found.pk)]


def test_the_planes_are_told_of_every_change_and_of_nothing_else(
    line: Subscriber, home: Household, guardian: User
) -> None:
    identity = of_network(HOME).first
    connected(of_network("192.0.2.8"), line="a neighbour")

    subscribers.link(line, home, by=guardian, at=minute(1))
    linked = list(subscribers.moved_since(minute(1)))
    gone(REFERENCE.encode(), at=2)
    ended = list(subscribers.moved_since(minute(2)))
    connected(at=3, session=b"again")
    back = list(subscribers.moved_since(minute(3)))
    subscribers.unlink(line, home, by=guardian, at=minute(4))
    unlinked = list(subscribers.moved_since(minute(4)))

    number = number_of(home)
    assert linked == [(identity, number)]
    assert (ended, back) == ([(identity, None)], [(identity, number)])
    assert set(unlinked) == {(identity, None)}
    assert list(subscribers.moved_since(minute(5))) == []


def test_an_address_that_another_line_got_leads_to_that_line(
    line: Subscriber, home: Household, guardian: User, elsewhere: Household, fay: User
) -> None:
    subscribers.link(line, home, by=guardian, at=minute(1))
    connected(line="another", at=2)
    other = Subscriber.objects.exclude(pk=line.pk).get()

    assert list(subscribers.moved_since(minute(2))) == [(of_network(HOME).first, None)]
    subscribers.link(other, elsewhere, by=fay, at=minute(3))
    assert set(subscribers.everything()) == {(of_network(HOME).first, number_of(elsewhere))}
    assert subscribers.identities_of(home) == []


def test_a_whole_prefix_leads_there_network_by_network(home: Household, guardian: User) -> None:
    connected(of_network("2001:db8:7:f0::/60"))
    subscribers.link(Subscriber.objects.get(), home, by=guardian, at=minute(1))

    numbers = dict(subscribers.moved_since(AT))

    networks = [bytes.fromhex(f"3620010db8000700f{digit:x}") for digit in range(16)]
    assert numbers == dict.fromkeys(networks, number_of(home))
    assert subscribers.limits_at("2001:db8:7:f5:1:2:3:4", at=AT) is not None
    assert subscribers.limits_at("2001:db8:7:100::1", at=AT) is None


def test_where_lines_share_an_address_the_port_tells_whose_it_is(home: Household, guardian: User) -> None:
    for number in range(2):
        held = of_ports(f"{2048 + number * 1024}-{3071 + number * 1024}", address=HOME, ports_a_block=1024)
        connected(*held, line=f"line {number}")
    first = Subscriber.objects.get(digest=statements.digests_of(["line 0"])["line 0"])
    subscribers.link(first, home, by=guardian, at=minute(1))

    assert subscribers.limits_at(HOME, at=AT, port=3071) is not None
    assert subscribers.limits_at(HOME, at=AT, port=3072) is None
    assert subscribers.limits_at(HOME, at=AT) is None
    assert (subscribers.is_shared(HOME), subscribers.is_shared("192.0.2.8")) == (True, False)


def test_a_line_belongs_to_one_household(
    line: Subscriber, home: Household, guardian: User, elsewhere: Household, fay: User
) -> None:
    subscribers.link(line, home, by=guardian, at=minute(1))
    subscribers.link(line, home, by=guardian, at=minute(2))  # Pressed twice.

    with pytest.raises(subscribers.LineTaken):
        subscribers.link(line, elsewhere, by=fay, at=minute(3))
    with pytest.raises(subscribers.NotThisLine):
        subscribers.unlink(line, elsewhere, by=fay, at=minute(3))

    assert Record.objects.filter(kind="filtering.LineLinked").count() == 1
    assert subscribers.identities_of(elsewhere) == []


@pytest.mark.parametrize("name", ["eve", "fay", "cem", "olga"])
def test_who_does_not_look_after_the_household_links_nothing(
    name: str, request: pytest.FixtureRequest, line: Subscriber, home: Household
) -> None:
    person: User = request.getfixturevalue(name)

    with pytest.raises((seats.NotYourFamily, seats.NoGuardian)):
        subscribers.link(line, home, by=person, at=AT)
    with pytest.raises((seats.NotYourFamily, seats.NoGuardian)):
        subscribers.unlink(line, home, by=person, at=AT)

    line.refresh_from_db()
    assert line.household is None


def test_a_household_that_is_closed_leads_nowhere_and_does_again_when_it_is_back(
    line: Subscriber, home: Household, guardian: User
) -> None:
    subscribers.link(line, home, by=guardian, at=minute(1))
    guardians.leave(home, by=guardian, at=minute(2))
    closed = (subscribers.limits_at(HOME, at=AT), list(subscribers.everything()))
    subscribers.tell_planes.call(household_uid=str(home.uid))
    told = list(subscribers.moved_since(minute(3)))
    guardians.come_back(home, by=guardian, at=minute(4))

    assert closed == (None, [])
    assert told == [(of_network(HOME).first, None)]
    assert subscribers.limits_at(HOME, at=AT) is not None


def test_no_reference_and_no_address_stands_in_the_records(
    line: Subscriber, home: Household, guardian: User, olga: User
) -> None:
    subscribers.link(line, home, by=guardian, at=minute(1))
    subscribers.look_up(REFERENCE, by=olga, at=minute(2))

    facts = str(list(Record.objects.values_list("facts", flat=True)))
    assert str(line.uid) in facts
    assert "Contract" not in facts
    assert HOME not in facts


def test_what_is_over_is_forgotten_and_nobody_gets_an_address_by_it(line: Subscriber) -> None:
    connected(line="second", at=1)
    gone(b"second", at=2)
    connected(of_network("192.0.2.9"), line="third", at=2)

    chores.forget(minute(3) + chores.KEPT)
    kept = [bytes(first) for first in Held.objects.values_list("first", flat=True)]

    assert kept == [of_network("192.0.2.9").first]
    assert subscribers.line_at(HOME) is None
    assert Subscriber.objects.count() == 1


def test_a_session_of_which_nothing_is_heard_is_over_until_it_is_heard_again(
    line: Subscriber, settings: object
) -> None:
    chores.end_silent(minute(10_000))
    without_a_limit = subscribers.line_at(HOME)
    Session.objects.update(silent_at=minute(600), moved_at=minute(600))
    silent = subscribers.line_at(HOME)
    alive = Event(Word.ALIVE, REFERENCE.encode(), NAS, minute(700), AT)
    sessions.take([alive], kind=Session.Kind.RADIUS, names={NAS: "access"}, at=minute(700))

    assert (without_a_limit, silent, subscribers.line_at(HOME)) == (line, None, line)
    assert [identity for identity, _ in subscribers.moved_since(minute(700))] == [of_network(HOME).first]


def test_the_page_asks_whether_this_is_the_home_and_one_press_links_it(
    line: Subscriber, home: Household, guardian: User
) -> None:
    browser = browser_of(guardian)
    page = browser.get("/family/line/").content.decode()
    answer = browser.post(reverse("line_link"), {"line": str(line.uid)}, follow=True).content.decode()

    line.refresh_from_db()
    assert "Yes, this is our line" in page
    assert "You do not have to: each device can be set up by itself." in page
    assert line.household == home
    assert "You are on your home&#x27;s line now" in answer or "You are on your home's line now" in answer
    assert HOME not in page + answer
    assert "Contract" not in page + answer


def test_a_press_from_another_line_than_the_page_showed_links_nothing(
    line: Subscriber, home: Household, guardian: User
) -> None:
    connected(of_network("192.0.2.8"), line="a café")

    answer = browser_of(guardian, address="192.0.2.8").post(reverse("line_link"), {"line": str(line.uid)}, follow=True)

    assert "You are not on that line any more" in answer.content.decode()
    assert not Subscriber.objects.exclude(household=None).exists()


def test_a_line_of_another_family_is_not_taken_and_the_way_is_named(
    line: Subscriber, home: Household, guardian: User, elsewhere: Household, fay: User
) -> None:
    subscribers.link(line, elsewhere, by=fay, at=AT)
    browser = browser_of(guardian)

    page = browser.get("/family/line/").content.decode()
    answer = browser.post(reverse("line_link"), {"line": str(line.uid)}, follow=True).content.decode()
    undone = browser.post(reverse("line_unlink", kwargs={"uid": line.uid}), follow=True).content.decode()

    line.refresh_from_db()
    assert "ask your provider" in page
    assert "Ask your provider" in answer
    assert str(line.uid) not in page
    assert "Somebody took this line off" in undone
    assert line.household == elsewhere


@pytest.mark.parametrize(
    ("address", "words"),
    [("198.51.100.1", "We do not know this line"), ("192.0.2.50", "Many homes share this address")],
)
def test_where_nothing_can_be_said_the_page_says_why(
    address: str, words: str, home: Household, guardian: User, settings: object
) -> None:
    connected(*of_ports("1024-2047", address="192.0.2.50", ports_a_block=1024), line="mobile")

    assert words in browser_of(guardian, address=address, port=40_000).get("/family/line/").content.decode()


def test_a_line_is_taken_off_by_the_page(line: Subscriber, home: Household, guardian: User) -> None:
    subscribers.link(line, home, by=guardian, at=AT)

    answer = browser_of(guardian).post(reverse("line_unlink", kwargs={"uid": line.uid}), follow=True)

    assert "The line is taken off" in answer.content.decode()
    assert subscribers.limits_at(HOME, at=AT) is None


DOORS = ("/family/line/", "/family/line/link", "/family/line/{uid}/unlink", "/lines/", "/lines/{uid}/release")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["eve", "cem"])
def test_eve_and_a_reviewer_get_nothing(
    door: str, name: str, request: pytest.FixtureRequest, line: Subscriber, home: Household, guardian: User
) -> None:
    subscribers.link(line, home, by=guardian, at=AT)
    person: User = request.getfixturevalue(name)

    for answer in (
        browser_of(person).get(door.format(uid=line.uid)),
        browser_of(person).post(door.format(uid=line.uid)),
    ):
        assert answer.status_code == 403
        assert "Contract" not in answer.content.decode()
    line.refresh_from_db()
    assert line.household == home


@pytest.mark.parametrize("door", DOORS[3:])
def test_a_guardian_gets_nothing_of_the_operators_page(door: str, line: Subscriber, guardian: User) -> None:
    assert browser_of(guardian).post(door.format(uid=line.uid)).status_code == 403


def test_an_operator_finds_a_line_by_its_whole_reference_only_and_that_is_recorded(
    line: Subscriber, olga: User
) -> None:
    browser = browser_of(olga, address="198.51.100.77")

    nothing = browser.get("/lines/").content.decode()
    part = browser.post("/lines/", {"reference": REFERENCE[:-1]}).content.decode()
    found = browser.post("/lines/", {"reference": REFERENCE}).content.decode()

    assert all(HOME not in page and str(line.uid) not in page for page in (nothing, part))
    assert HOME in found
    assert REFERENCE not in found
    records = Record.objects.filter(kind="filtering.LineLookedUp")
    assert [record.facts for record in records] == [{"line_uid": str(line.uid)}]


def test_an_operator_frees_a_line(line: Subscriber, home: Household, guardian: User, olga: User) -> None:
    subscribers.link(line, home, by=guardian, at=AT)
    browser = browser_of(olga)

    for _ in range(2):
        browser.post(reverse("lines:release", kwargs={"uid": line.uid}))

    line.refresh_from_db()
    assert line.household is None
    assert config.current().lines.radius_listen == ""


def test_the_operators_page_shows_counts_and_who_told_last(line: Subscriber, olga: User) -> None:
    page = browser_of(olga, address="198.51.100.77").get("/lines/").content.decode()

    assert "access" in page
    assert "RADIUS accounting" in page
