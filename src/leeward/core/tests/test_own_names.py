"""The site answers under its own names; under any other it only explains why a door is closed."""

from __future__ import annotations

import dataclasses

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from leeward.core.middleware import OwnNames, client_address

OURS = ("leeward.example", "localhost", "127.0.0.1", "[::1]")


@pytest.fixture(autouse=True)
def _names(settings: Settings) -> None:
    use(settings, hosts=OURS)


def use(settings: Settings, *, hosts: tuple[str, ...] = OURS, trusted_proxies: int = 0) -> None:
    server = dataclasses.replace(settings.LEEWARD.server, hosts=hosts, trusted_proxies=trusted_proxies)
    settings.LEEWARD = dataclasses.replace(settings.LEEWARD, server=server)


def ask(host: str, *, method: str = "GET", path: str = "/report/") -> HttpResponse:
    guard = OwnNames(lambda request: HttpResponse("the site"))
    guard.door = lambda request: HttpResponse("the page that explains", status=403)
    return guard(RequestFactory().generic(method, path, headers={"host": host} if host else {}))


@pytest.mark.parametrize("name", [*OURS, "Leeward.EXAMPLE"])
@pytest.mark.parametrize("port", ["", ":", ":8000"])
def test_every_name_of_ours_leads_to_the_site_with_any_port(name: str, port: str) -> None:
    assert ask(name + port).content == b"the site"


@pytest.mark.parametrize(
    "name", ["blocked.example", "leeward.example.blocked.example", "192.0.2.1:8000", "[::2]:80", "", ":8000"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_foreign_name_leads_only_to_the_page_that_explains(name: str, method: str) -> None:
    assert ask(name, method=method).content == b"the page that explains"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent_to_a_foreign_name(method: str) -> None:
    assert ask("blocked.example", method=method).status_code == 421


@pytest.mark.parametrize("path", ["/health/ready", "/api/v1/screen", "/taxii2/"])
def test_a_machine_that_asks_under_a_foreign_name_is_told_so(path: str) -> None:
    assert ask("192.0.2.1", path=path).status_code == 421


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "127.0.0.1"),
        (0, "192.0.2.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "192.0.2.9", "192.0.2.9"),
        (1, "192.0.2.66, 192.0.2.9", "192.0.2.9"),
        (2, "192.0.2.66, 192.0.2.9, 192.0.2.1", "192.0.2.9"),
        (2, "192.0.2.9", "127.0.0.1"),
    ],
)
def test_an_address_is_believed_only_as_far_as_our_own_proxies_say(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    use(settings, trusted_proxies=proxies)
    request: HttpRequest = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})

    assert client_address(request) == address
