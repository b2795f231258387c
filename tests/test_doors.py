"""Every door of the site opens for those whom it declared, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path
from pytest_django import Settings

from leeward.core import access
from leeward.core.models import Role, User

DUMMY = "00000000-0000-4000-8000-000000000007"
# Libraries that check their visitors themselves: the sign-in pages, and the API, whose default is a key.
TRUSTED_MODULES, TRUSTED_NAMESPACE = ("allauth.",), "api"
# What a view answers when the one who asks came in: the page, "no such thing", or "not with this method".
CAME_IN = {200, 404, 405}
# Who needs no account: reporters, visitors, and machines that bring a key or are watched from the private network.
PUBLIC = {
    "/",
    "/h/",
    "/h/call/",
    "/h/directory.json",
    "/h/directory.csv",
    "/h/write/",
    "/h/answers/",
    "/h/safety/",
    "/h/chat/",
    "/h/chat/leaving/",
    "/helpline/figures/public/",
    "/door",
    "/door/ask",
    f"/door/asked/{DUMMY}/",
    f"/door/asked/{DUMMY}/back",
    "/door/mine",
    "/ask/",
    "/ask/send",
    "/ask/grown-ups/",
    f"/ask/grown-ups/{DUMMY}/unlink",
    f"/ask/{DUMMY}/",
    f"/ask/{DUMMY}/back",
    "/ask/areas/",
    f"/ask/areas/{DUMMY}/join",
    f"/ask/areas/{DUMMY}/leave",
    "/closed/",
    "/closed/orders.json",
    "/closed/object/",
    "/family/extension/",
    "/family/extension/leeward.zip",
    "/family/device/x/",
    "/family/device/",
    "/family/device/leeward.mobileconfig",
    "/exit/",
    "/language/",
    "/.well-known/jwks.json",
    "/.well-known/age-jwks.json",
    "/.well-known/openid-configuration",
    "/age/openid/authorize",
    "/age/openid/back",
    "/age/openid/token",
    "/age/blind/",
    "/age/blind/keys.json",
    "/age/blind/keys/log",
    f"/age/blind/{DUMMY}/",
    f"/age/blind/{DUMMY}/sign",
    "/age/link.js",
    "/age/gate/state",
    "/age/",
    "/age/begin",
    f"/age/attempt/{DUMMY}/",
    f"/age/attempt/{DUMMY}/go",
    "/age/how/",
    "/age/gate",
    "/age/gate/enter",
    "/age/gate/start",
    "/age/gate/back",
    "/age/gate/more",
    "/age/revoked.json",
    f"/age/wallet/answers/{DUMMY}/x",
    f"/age/wallet/back/{DUMMY}/",
    f"/age/wallet/brought/{DUMMY}/",
    f"/age/wallet/state/{DUMMY}/",
    "/age/upstream/back",
    "/age/upstream/keys.json",
    f"/age/calls/attempts/{DUMMY}/book",
    f"/age/calls/attempts/{DUMMY}/state",
    f"/age/guardian/{DUMMY}/",
    f"/age/guardian/{DUMMY}/ask",
    f"/age/guardian/{DUMMY}/state",
    "/report/",
    "/report/how/",
    "/report/how/parent/",
    "/report/how/teacher/",
    "/report/texts/x/x.json",
    "/report.js",
    "/report/parts/x.js",
    "/r/",
    "/statement/",
    "/legs/",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/taxii2/",
    "/taxii2/api/",
    "/taxii2/api/collections/",
    "/taxii2/api/collections/x/",
    "/taxii2/api/collections/x/manifest/",
    "/taxii2/api/collections/x/objects/",
    "/taxii2/api/collections/x/objects/x/",
    "/taxii2/api/collections/x/objects/x/versions/",
    "/taxii2/api/collections/x/events/",
    "/taxii2/api/collections/x/receipts/",
    "/taxii2/api/status/x/",
    "/shapes/",
    "/shapes/stopncii/v1/FetchHashes",
    "/shapes/stopncii/v1/SubmitHashes",
    "/shapes/stopncii/v1/SubmitFeedback",
    "/shapes/ncmec/v2/status",
    "/shapes/ncmec/v2/members",
    "/shapes/ncmec/v2/entries",
    "/shapes/ncmec/v2/entries/7/x/x/feedback",
    "/shapes/ncmec/v2/feedback/x/reasons",
    "/hma/",
    "/hma/h/hash",
    "/hma/m/raw_lookup",
    "/hma/m/lookup",
    "/hma/m/compare",
    "/hma/m/index/status",
    "/hma/c/banks",
    "/hma/c/bank/x",
    "/hma/c/signal_type",
    "/hma/c/content_type",
    "/hma/status",
    "/hma/livez",
    "/hma/readyz",
}
PROBES = {"/hma/status", "/hma/livez", "/hma/readyz"}


@dataclass(frozen=True)
class Door:
    """One address of the site, with dummies for its parts, and the view behind it."""

    address: str
    view: Callable[..., Any]
    namespace: str

    @property
    def is_trusted(self) -> bool:
        return self.namespace == TRUSTED_NAMESPACE or self.view.__module__.startswith(TRUSTED_MODULES)

    @property
    def access(self) -> access.Access | None:
        return access.declared(self.view)


def address_of(route: str) -> str:
    """Return an address that a route leads from."""
    route = re.sub(r"<uuid(str)?:\w+>", DUMMY, route)
    return "/" + re.sub(r"<int:\w+>", "7", re.sub(r"<(str|slug):\w+>", "x", route))


def walk(patterns: list[URLPattern | URLResolver], *, before: str = "", namespace: str = "") -> Iterator[Door]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, before=route, namespace=namespace or pattern.namespace or "")
        else:
            yield Door(address_of(route), pattern.callback, namespace)


DOORS = list(walk(get_resolver("leeward.site.urls").url_patterns))
OURS = [door for door in DOORS if not door.is_trusted]
KEPT = [door for door in OURS if not (door.access and door.access.is_public)]
KEYED = [door for door in OURS if door.namespace in {"exchange", "hma"} and door.address not in PROBES]


def named(doors: list[Door]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("door", doors, ids=lambda door: door.address)


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


def ask(client: Client, door: Door, person: User | None = None) -> int:
    """Return what a door answers to a GET of a person, or of a stranger."""
    if person is not None:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(door.address)
    # A page with nothing to show leads back to where something is chosen; only the sign-in keeps somebody out.
    leads_on = answer.status_code == 302 and "/account/" not in answer["Location"]
    return 200 if leads_on else answer.status_code


def test_the_walk_finds_the_doors_of_every_capability() -> None:
    assert {"/desk/", f"/desk/cases/{DUMMY}/", "/operator/settings/", "/taxii2/api/", "/"} <= {
        one.address for one in DOORS
    }
    assert {door.namespace for door in DOORS if door.is_trusted} == {"", "api"}


@named(OURS)
def test_each_door_of_ours_declares_for_whom_it_opens(door: Door) -> None:
    assert door.access is not None


def test_only_these_doors_are_open_to_everybody() -> None:
    # Whoever adds a public door writes it down here, too.
    assert {door.address for door in OURS if door.access and door.access.is_public} == PUBLIC


@pytest.mark.django_db
@named(KEPT)
def test_eve_gets_nothing(door: Door, client: Client, eve: User) -> None:
    assert ask(client, door, eve) == 403


@pytest.mark.django_db
@named(KEPT)
def test_a_stranger_is_led_to_the_sign_in(door: Door, client: Client) -> None:
    answer = client.get(door.address)

    assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={door.address}")


@pytest.mark.django_db
@named(KEPT)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
def test_no_other_method_lets_eve_in(door: Door, method: str, client: Client, eve: User) -> None:
    client.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert getattr(client, method)(door.address).status_code == 403


@pytest.mark.django_db
@named(KEPT)
def test_each_person_gets_in_exactly_where_the_role_says_so(
    door: Door, client: Client, bea: User, cem: User, sam: User, olga: User
) -> None:
    assert door.access is not None
    assert door.access.roles
    cast = {Role.GUARDIAN: bea, Role.REVIEWER: cem, Role.SENIOR_REVIEWER: sam, Role.OPERATOR: olga}

    came_in = {role for role, person in cast.items() if ask(client, door, person) in CAME_IN}

    assert came_in == door.access.roles & cast.keys()


@pytest.mark.django_db
def test_the_desk_is_for_reviewers_and_the_house_for_the_operator(client: Client, cem: User, olga: User) -> None:
    def answers(person: User) -> list[int]:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return [client.get(address).status_code for address in ("/desk/", "/operator/settings/", "/operator/health/")]

    assert answers(cem) == [200, 403, 403]
    assert answers(olga) == [403, 200, 200]


@pytest.mark.django_db
@named(KEYED)
def test_what_asks_for_a_key_by_itself_opens_to_nobody_without_one(door: Door, client: Client, olga: User) -> None:
    assert (ask(client, door), ask(client, door, olga)) == (401, 401)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address"), [("post", "/api/v1/screen"), ("post", f"/api/v1/cases/{DUMMY}/evidence")]
)
@pytest.mark.parametrize("key", ["", "Bearer lwk_unknown", "Basic b2xnYTpvbGdh"])
def test_a_machine_without_a_key_gets_nothing_even_in_a_session_of_the_operator(
    method: str, address: str, key: str, client: Client, olga: User
) -> None:
    client.force_login(olga, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = getattr(client, method)(address, headers={"authorization": key} if key else {})

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


@pytest.mark.django_db
def test_the_api_describes_itself_to_everybody(client: Client) -> None:
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Leeward"


@pytest.mark.django_db
def test_nobody_can_make_an_account_for_themselves(client: Client) -> None:
    words = {"username": "eve2", "password1": "long enough to pass", "password2": "long enough to pass"}

    client.post("/account/signup/", words)

    assert not User.objects.filter(username="eve2").exists()


# A site with one door more, whose author forgot to say for whom it opens.


def forgotten(request: HttpRequest) -> HttpResponse:
    raise AssertionError("a view that declared nothing was opened")


urlpatterns = [path("forgotten/", forgotten), path("", include("leeward.site.urls"))]


@pytest.mark.django_db
def test_a_door_that_declared_nothing_opens_for_nobody(
    settings: Settings, client: Client, olga: User, sam: User, eve: User
) -> None:
    settings.ROOT_URLCONF = __name__
    door = Door("/forgotten/", forgotten, "")
    olga.is_superuser = olga.is_staff = True
    olga.save()

    assert [ask(client, door, person) for person in (None, olga, sam, eve)] == [403] * 4


@pytest.mark.django_db
def test_under_a_foreign_name_every_door_is_the_page_that_explains(olga: User) -> None:
    client = Client(headers={"host": "blocked.example"})
    client.force_login(olga, backend="allauth.account.auth_backends.AuthenticationBackend")

    pages = {client.get(address).content for address in ("/", "/operator/settings/", "/desk/")}

    assert len(pages) == 1
    assert "blocked.example" in pages.pop().decode()
    assert [client.post(address).status_code for address in ("/report/", "/api/v1/reports")] == [421, 421]


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_refused_at_every_door(client: Client) -> None:
    answers = [
        client.post(address, b"", content_type="application/json", CONTENT_LENGTH="99999999999")
        for address in ("/report/", "/api/v1/reports", "/nowhere")
    ]

    assert [answer.status_code for answer in answers] == [413, 413, 413]
