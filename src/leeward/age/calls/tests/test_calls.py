"""Two members of staff say independently what they saw in a call; only equal answers count, and nothing of it stays."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age import services as age
from leeward.age.calls import rooms, services
from leeward.age.calls.models import Answer, Call, Desk
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeTransaction, Requirement
from leeward.core.models import Membership, Organisation, Record, Role, User

pytestmark = pytest.mark.django_db
HERE, HOST, NONCE = "/age/calls/", "localhost", "n" * 43
ADDRESS = "https://meet.example/{room}"
Said = Answer.Said


def browser_of(person: User) -> Client:
    browser = Client(headers={"host": HOST})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def client() -> Client:
    """A visitor without an account."""
    return Client(headers={"host": HOST})


@pytest.fixture
def oleg(harbour: Organisation) -> User:
    """A second operator."""
    person = User.objects.create_user(username="oleg")
    Membership.objects.create(user=person, organisation=harbour, role=Role.OPERATOR)
    return person


@pytest.fixture
def adults(db: None) -> Requirement:
    """Pages for adults that ask for a document or for trained staff."""
    at = timezone.now()
    site = age.add_site(slug="forum", name="Harbour Forum", callback="https://forum.example/_age/back", at=at)
    draft = age.RequirementDraft("forum-adults", "Pages for adults", 18, None, Level.ENHANCED, (Kind.VERIFICATION,))
    return age.require(site, draft, actor="system", at=at)


@pytest.fixture
def taken(db: None) -> None:
    """Staff take calls."""
    at = timezone.now()
    services.set_address(ADDRESS)
    services.take_calls(until=at + timedelta(hours=2), actor="user:1", at=at)


def begun(client: Client, adults: Requirement) -> str:
    """Take the way, and return the address of the attempt."""
    return str(client.post("/age/begin", {"need": adults.slug, "nonce": NONCE, "way": "call"})["Location"])


def booked(client: Client, adults: Requirement, *, minutes: str = "0") -> str:
    """Take the way, book a call, and return the address of the attempt."""
    step = begun(client, adults)
    client.post(f"{HERE}attempts/{step.split('/')[3]}/book", {"minutes": minutes})
    return step


def say(person: User, said: Said) -> None:
    services.say(Call.objects.get(), said, by=person, at=timezone.now())


def ended() -> tuple[str, str]:
    row = AgeTransaction.objects.get()
    return row.state, row.reason


def test_nobody_is_offered_a_call_while_nobody_takes_it(client: Client, adults: Requirement, taken: None) -> None:
    offers = f"/age/?need={adults.slug}&nonce={NONCE}"
    before = client.get(offers).content.decode()
    services.take_calls(until=None, actor="user:1", at=timezone.now())

    assert ('value="call"' in before, 'value="call"' in client.get(offers).content.decode()) == (True, False)


def test_two_who_say_the_same_open_the_area_and_what_they_said_is_gone(
    client: Client, adults: Requirement, taken: None, olga: User, sam: User
) -> None:
    step = booked(client, adults)
    call = Call.objects.get()
    waiting = client.get(step).content.decode()
    for person in (olga, sam):
        assert rooms.spoken(call.code) in browser_of(person).get(HERE).content.decode()
        browser_of(person).post(f"{HERE}{call.uid}/", {"said": "yes"})

    assert (rooms.spoken(call.code) in waiting, f"https://meet.example/{call.room}" in waiting) == (True, True)
    assert "/go" in client.get(step).content.decode()
    assert (ended(), Call.objects.count(), Answer.objects.count()) == (("satisfied", ""), 0, 0)
    record = Record.objects.get(kind__endswith="CallSettled")
    assert record.facts == {"call_uid": str(call.uid), "agreed": True}


@pytest.mark.parametrize(
    ("first", "second", "state", "reason"),
    [
        (Said.NO, Said.NO, "not_satisfied", ""),
        (Said.YES, Said.NO, "inconclusive", "staff_disagree"),
        (Said.YES, Said.UNSURE, "inconclusive", "staff_disagree"),
        (Said.UNSURE, Said.UNSURE, "inconclusive", "staff_cannot_tell"),
    ],
)
def test_anything_else_than_two_equal_answers_could_not_tell(
    client: Client,
    adults: Requirement,
    taken: None,
    olga: User,
    sam: User,
    first: Said,
    second: Said,
    state: str,
    reason: str,
) -> None:
    step = booked(client, adults)

    say(olga, first)
    say(sam, second)

    assert (ended(), "/go" in client.get(step).content.decode()) == ((state, reason), False)


def test_one_person_is_not_two(client: Client, adults: Requirement, taken: None, olga: User, oleg: User) -> None:
    step = booked(client, adults)

    say(olga, Said.YES)
    say(olga, Said.YES)
    after_one = ended()[0]
    say(olga, Said.NO)
    say(oleg, Said.NO)

    assert (after_one, ended()[0]) == ("pending", "not_satisfied")
    assert "/go" not in client.get(step).content.decode()


def test_nobody_reads_what_the_other_one_said(
    client: Client, adults: Requirement, taken: None, olga: User, sam: User
) -> None:
    booked(client, adults)
    page = f"{HERE}{Call.objects.get().uid}/"
    before = browser_of(sam).get(page).content.decode()

    say(olga, Said.NO)

    def shown(text: str) -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)

    assert shown(browser_of(sam).get(page).content.decode()) == shown(before)
    assert "checked" in browser_of(olga).get(page).content.decode()


def test_nobody_says_it_of_themselves(adults: Requirement, taken: None, olga: User) -> None:
    booked(browser_of(olga), adults)

    with pytest.raises(services.OwnAttempt):
        say(olga, Said.YES)


def test_what_the_visitor_writes_counts_nothing(client: Client, adults: Requirement, taken: None, olga: User) -> None:
    step = booked(client, adults)
    say(olga, Said.YES)

    answer = client.post(step, {"said": "yes"})

    assert (answer.status_code, ended()[0]) == (422, "pending")


def test_a_call_of_one_browser_is_not_found_by_another(
    client: Client, adults: Requirement, taken: None, eve: User
) -> None:
    uid = booked(client, adults).split("/")[3]
    others = [Client(headers={"host": HOST}), browser_of(eve)]

    assert {one.get(f"{HERE}attempts/{uid}/state").status_code for one in others} == {404}
    assert {one.post(f"{HERE}attempts/{uid}/book", {"minutes": "0"}).status_code for one in others} == {404}
    assert client.get(f"{HERE}attempts/{uid}/state").json() == {"is_answered": False}


@pytest.mark.parametrize("minutes", ["-1", "7", "60", "", "0x", "9" * 40])
def test_a_time_that_was_not_offered_is_not_booked(
    client: Client, adults: Requirement, taken: None, minutes: str
) -> None:
    booked(client, adults, minutes=minutes)

    assert not Call.objects.exists()


def test_of_a_visitor_who_went_away_nothing_stays(
    client: Client, adults: Requirement, taken: None, olga: User, sam: User
) -> None:
    booked(client, adults)
    say(olga, Said.YES)
    call, later = Call.objects.get(), timezone.now() + timedelta(minutes=31)

    with pytest.raises(services.CallOver):
        services.say(call, Said.YES, by=sam, at=later)
    services.forget(later)

    assert (Call.objects.count(), Answer.objects.count(), ended()[0]) == (0, 0, "pending")


def test_only_so_many_wait_at_once(client: Client, adults: Requirement, taken: None) -> None:
    steps = [booked(Client(headers={"host": HOST}), adults) for _ in range(10)]
    Call.objects.bulk_create(
        Call(
            attempt=AgeTransaction.objects.create(
                requirement=adults, method="call", browser=b"x", begun_at=timezone.now()
            ),
            code=f"c{number}",
            room="x",
            starts_at=timezone.now(),
        )
        for number in range(10)
    )
    with pytest.raises(services.TooManyWait):
        attempt = AgeTransaction.objects.create(
            requirement=adults, method="call", browser=b"y", begun_at=timezone.now()
        )
        services.book(attempt, in_minutes=0, at=timezone.now())

    assert (len(steps), Call.objects.count()) == (10, 20)


@pytest.mark.parametrize(
    "address",
    [
        "http://meet.example/{room}",
        "https://meet.example/all",
        "https://{room}.example/",
        "https://user@meet.example/{room}",
        "javascript:{room}",
        "https://[/{room}",
    ],
)
def test_calls_are_held_nowhere_where_visitors_could_meet_or_be_overheard(olga: User, address: str) -> None:
    assert browser_of(olga).post(f"{HERE}address", {"address": address}).status_code == 422
    assert not Desk.objects.exists()


def test_olga_says_where_and_staff_say_when(olga: User, sam: User) -> None:
    refused = browser_of(sam).post(f"{HERE}take", {"hours": "2"})
    browser_of(olga).post(f"{HERE}address", {"address": ADDRESS})
    browser_of(sam).post(f"{HERE}take", {"hours": "2"})
    opened = Desk.objects.get().open_until
    browser_of(sam).post(f"{HERE}take")

    assert (refused.status_code, Desk.objects.get().address) == (302, ADDRESS)
    assert opened is not None
    assert Desk.objects.get().open_until is None


def test_eve_and_bea_and_reviewers_get_nothing(
    client: Client, adults: Requirement, taken: None, eve: User, bea: User, cem: User
) -> None:
    booked(client, adults)
    page = f"{HERE}{Call.objects.get().uid}/"
    people = [browser_of(person) for person in (eve, bea, cem)]

    assert {one.get(address).status_code for one in people for address in (HERE, page)} == {403}
    assert {one.post(page, {"said": "yes"}).status_code for one in people} == {403}
    assert {one.post(f"{HERE}{name}").status_code for one in people for name in ("take", "address")} == {403}
    assert not Answer.objects.exists()
