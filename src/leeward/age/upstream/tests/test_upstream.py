"""A visitor goes to a service that knows the age and comes back with its word; forged, replayed and misled words count nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from joserfc import jwk, jwt

from leeward.age.levels import Level
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.upstream import claims, services
from leeward.age.upstream.choices import Reading
from leeward.age.upstream.models import Provider as Row
from leeward.age.upstream.refusing import Refused
from leeward.age.upstream.tests.conftest import HOST, Visit, carrier_draft, draft, led_there, sent_back
from leeward.age.upstream.tests.provider import CLIENT, SECRET, Provider, unsigned
from leeward.core.models import User

pytestmark = pytest.mark.django_db
AT = timezone.now()
TODAY = date(2026, 11, 23)


def everything_written() -> str:
    """Return every cell of every table, as the database has it."""
    with connection.cursor() as cursor:
        rows: list[object] = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # our own tables
            rows += cursor.fetchall()
    return str(rows)


def ended() -> tuple[str, str, int | None]:
    row = AgeTransaction.objects.get()
    return row.state, row.reason, row.level


@pytest.fixture
def ready(provider: Provider) -> Provider:
    """An identity service that is set up and switched on."""
    services.set_up(draft(provider), actor="user:1", at=AT)
    return provider


@pytest.fixture
def phone(provider: Provider) -> Provider:
    """A telephone company that is set up and switched on."""
    services.set_up(carrier_draft(provider), actor="user:1", at=AT)
    return provider


def test_a_visitor_comes_back_with_the_service_s_word_and_nothing_else_is_kept(
    client: Client, ready: Provider, visit: Visit
) -> None:
    page = visit(client).content.decode()

    assert "/go" in page
    assert ended() == ("satisfied", "", Level.ENHANCED)
    assert AgeTransaction.objects.get().memory == ""
    assert '"age_over_18": null' in ready.asked[0]["claims"].replace(":null", ": null")


def test_somebody_too_young_is_told_so_and_gets_no_token(client: Client, ready: Provider, visit: Visit) -> None:
    ready.person = {"age_over_18": False}

    assert "You did nothing wrong." in visit(client).content.decode()
    assert ended()[0] == "not_satisfied"


def test_of_a_birth_date_nothing_is_written_down(client: Client, provider: Provider, visit: Visit) -> None:
    services.set_up(draft(provider, claim="birthdate", reading=Reading.BIRTH_DATE.value), actor="user:1", at=AT)
    provider.person, provider.in_id_token = {"birthdate": "1987-03-14"}, False

    page = visit(client).content.decode()

    assert ("/go" in page, ended()[0]) == (True, "satisfied")
    assert "1987" not in everything_written()


TWISTS: dict[str, tuple[Callable[[Provider], None], str]] = {
    "another visit": (lambda one: setattr(one, "claims", lambda said: said | {"nonce": "other"}), "other_visit"),
    "no nonce": (lambda one: setattr(one, "claims", lambda said: said | {"nonce": None}), "other_visit"),
    "another client": (lambda one: setattr(one, "claims", lambda said: said | {"aud": "somebody"}), "other_client"),
    "two clients": (lambda one: setattr(one, "claims", lambda said: said | {"aud": [CLIENT, "x"]}), "other_client"),
    "another party": (lambda one: setattr(one, "claims", lambda said: said | {"azp": "x"}), "other_client"),
    "another issuer": (
        lambda one: setattr(one, "claims", lambda said: said | {"iss": "https://id.example"}),
        "other_issuer",
    ),
    "expired": (lambda one: setattr(one, "claims", lambda said: said | {"exp": said["iat"] - 3600}), "expired"),
    "old": (lambda one: setattr(one, "claims", lambda said: said | {"iat": said["iat"] - 3600}), "expired"),
    "no end": (lambda one: setattr(one, "claims", lambda said: said | {"exp": None}), "times"),
    "not yet": (lambda one: setattr(one, "claims", lambda said: said | {"nbf": said["iat"] + 3600}), "expired"),
    "another key": (lambda one: one.signs_with_another_key(), "signature"),
    "unsigned": (lambda one: setattr(one, "sign", unsigned), "signature"),
    "signed with our secret": (
        lambda one: setattr(
            one, "sign", lambda said: jwt.encode({"alg": "HS256"}, said, jwk.OctKey.import_key(SECRET * 2))
        ),
        "signature",
    ),
    "no token": (lambda one: setattr(one, "sign", lambda said: "x.y"), "signature"),
    "a word for yes": (lambda one: setattr(one, "person", {"age_over_18": "true"}), "odd_claim"),
    "another age": (lambda one: setattr(one, "person", {"age_over_16": True}), "no_claim"),
    "another person": (
        lambda one: one.__dict__.update(in_id_token=False, userinfo_subject="another"),
        "other_person",
    ),
}


@pytest.mark.parametrize("twist", TWISTS)
def test_a_word_that_is_not_for_this_visit_counts_nothing(
    client: Client, ready: Provider, visit: Visit, twist: str
) -> None:
    apply, code = TWISTS[twist]
    apply(ready)

    page = visit(client).content.decode()

    assert "/go" not in page
    assert ended()[:2] == ("inconclusive", f"upstream_{code}")


@pytest.mark.parametrize(
    "changed",
    [
        lambda back: re.sub(r"iss=[^&]*", "iss=https%3A%2F%2Fid.example", back),
        lambda back: re.sub(r"&iss=[^&]*", "", back),
        lambda back: re.sub(r"code=[^&]*", "error=access_denied", back),
        lambda back: re.sub(r"code=[^&]*", "code=made-up", back),
    ],
    ids=["another issuer", "no issuer", "declined", "another code"],
)
def test_coming_back_from_elsewhere_counts_nothing(
    client: Client, ready: Provider, visit: Visit, changed: Callable[[str], str]
) -> None:
    assert "/go" not in visit(client, changed=changed).content.decode()
    assert ended()[0] == "inconclusive"


def test_a_state_is_good_once_in_one_browser_and_is_never_guessed(
    client: Client, ready: Provider, adults: Requirement
) -> None:
    _step, there = led_there(client, adults.slug, "upstream")
    back = sent_back(there)
    other = Client(headers={"host": HOST})
    wrong = re.sub(r"(state=[^.]*\.)[^&]*", r"\1guess", back)

    refused = [
        one.get(address).status_code
        for one, address in ((other, back), (client, wrong), (client, "/age/upstream/back"))
    ]
    client.get(back)
    client.get(back)

    assert (refused, ready.exchanged) == ([404] * 3, 1)
    assert ended()[0] == "satisfied"


def test_what_a_visitor_writes_into_the_page_counts_nothing(
    client: Client, ready: Provider, adults: Requirement
) -> None:
    step, _there = led_there(client, adults.slug, "upstream")

    answer = client.post(step, {"age_over_18": "true", "over": '{"18": true}'})

    assert (answer.status_code, ended()[0]) == (422, "pending")


def test_a_service_that_calls_itself_otherwise_is_not_set_up(provider: Provider) -> None:
    provider.meta = lambda said: said | {"issuer": "https://id.example"}

    with pytest.raises(Refused):
        services.set_up(draft(provider), actor="user:1", at=AT)

    assert not Row.objects.exists()


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "authorization_endpoint"])
def test_a_service_with_an_open_door_is_not_set_up(provider: Provider, name: str) -> None:
    provider.meta = lambda said: said | {name: "http://id.example/x"}

    with pytest.raises(Refused, match="upstream_address"):
        services.set_up(draft(provider), actor="user:1", at=AT)


def test_our_secret_is_sealed_and_stays_where_none_is_written(provider: Provider) -> None:
    services.set_up(draft(provider), actor="user:1", at=AT)
    services.set_up(draft(provider, secret="", name="Another name"), actor="user:1", at=AT)

    assert (Row.objects.get().secret, Row.objects.get().name) == (SECRET, "Another name")
    assert SECRET not in everything_written()


def test_a_service_that_is_not_sure_enough_or_speaks_of_another_age_is_not_offered(
    client: Client, provider: Provider, adults: Requirement
) -> None:
    ways = []
    for changed in ({"level": Level.BASIC}, {"claim": "age_over_16"}, {"claim": "age_over_21"}):
        services.set_up(draft(provider, **changed), actor="user:1", at=AT)
        page = client.get(f"/age/?need={adults.slug}&nonce={'n' * 43}").content.decode()
        ways.append('value="upstream"' in page)

    assert ways == [False, False, True]


def test_the_company_of_the_line_says_it_and_is_asked_for_one_age_without_a_number(
    client: Client, phone: Provider, visit: Visit
) -> None:
    page = visit(client, "carrier").content.decode()

    assert ("/go" in page, ended()) == (True, ("satisfied", "", Level.STANDARD))
    assert phone.age_asked == [{"ageThreshold": 18, "includeContentLock": True, "includeParentalControl": True}]


@pytest.mark.parametrize(
    ("said", "state", "reason"),
    [
        ({"ageCheck": "false"}, "not_satisfied", ""),
        ({"ageCheck": "not_available"}, "inconclusive", "carrier_not_available"),
        ({"ageCheck": True}, "inconclusive", "carrier_not_available"),
        ({}, "inconclusive", "carrier_not_available"),
        ({"ageCheck": "true", "contentLock": "true"}, "inconclusive", "carrier_line_of_a_child"),
        ({"ageCheck": "true", "parentalControl": "true"}, "inconclusive", "carrier_line_of_a_child"),
        ({"ageCheck": "true", "verifiedStatus": False}, "inconclusive", "level_too_low"),
        ({"ageCheck": "true", "contentLock": "false"}, "satisfied", ""),
    ],
)
def test_a_line_that_says_nothing_of_its_user_opens_nothing(
    client: Client, phone: Provider, visit: Visit, said: dict[str, Any], state: str, reason: str
) -> None:
    phone.age = said

    visit(client, "carrier")

    assert ended()[:2] == (state, reason)


def test_somebody_who_never_comes_back_leaves_nothing(client: Client, ready: Provider, adults: Requirement) -> None:
    step, there = led_there(client, adults.slug, "upstream")
    AgeTransaction.objects.update(begun_at=AT - timedelta(hours=1))

    client.get(sent_back(there))

    assert "You waited too long" in client.get(step).content.decode()


@pytest.mark.parametrize(
    ("said", "over_16", "over_18"),
    [
        ("2008-11-23", True, True),
        ("2008-11-24", True, False),
        ("2008-02-29", True, True),
        ("2010", None, False),
        ("2008", True, None),
        ("2007", True, True),
    ],
)
def test_a_birth_date_is_counted_to_the_day(said: str, over_16: bool | None, over_18: bool | None) -> None:
    found = claims.over({"birthdate": said}, "birthdate", Reading.BIRTH_DATE, wanted=18, today=TODAY)

    assert (found.get(16), found.get(18)) == (over_16, over_18)


@pytest.mark.parametrize(
    "said", ["0000-03-14", "2008-13-01", "2007-02-29", "2027-01-01", "14.3.1987", "", 1987, True, None]
)
def test_what_is_no_birth_date_says_nothing(said: object) -> None:
    with pytest.raises(Refused):
        claims.over({"birthdate": said}, "birthdate", Reading.BIRTH_DATE, wanted=18, today=TODAY)


FORM = {
    "name": "Examplia Id",
    "client_id": CLIENT,
    "sign_in": "secret",
    "secret": SECRET,
    "scopes": "profile",
    "level": "4",
    "claim": "age_over_18",
    "reading": "yes_no",
}


def browser_of(person: User) -> Client:
    browser = Client(headers={"host": HOST})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_olga_sets_a_service_up_and_switches_it_off_and_on(olga: User, provider: Provider) -> None:
    browser = browser_of(olga)
    browser.post("/age/upstream/upstream/", FORM | {"issuer": provider.issuer})
    page = browser.get("/age/upstream/upstream/").content.decode()

    states = []
    for word in ("no", "yes"):
        browser.post("/age/upstream/upstream/switch", {"is_open": word})
        states.append(Row.objects.get().is_open)

    assert (Row.objects.get().scopes, states) == ("openid profile", [False, True])
    assert (SECRET in page, services.back() in page) == (False, True)


@pytest.mark.parametrize(
    "changed",
    [{"issuer": "http://id.example"}, {"claim": "is_grown_up"}, {"secret": ""}, {"level": "5"}, {"issuer": ""}],
)
def test_a_service_that_is_not_safe_is_not_set_up(olga: User, provider: Provider, changed: dict[str, str]) -> None:
    form = FORM | {"issuer": provider.issuer} | changed

    assert browser_of(olga).post("/age/upstream/upstream/", form).status_code == 422
    assert not Row.objects.exists()


def test_eve_and_bea_get_nothing(eve: User, bea: User, ready: Provider) -> None:
    paths = ("", "upstream/", "carrier/")

    assert {browser_of(one).get(f"/age/upstream/{path}").status_code for one in (eve, bea) for path in paths} == {403}
    assert browser_of(eve).post("/age/upstream/upstream/switch", {"is_open": "no"}).status_code == 403
    assert Row.objects.get().is_open
