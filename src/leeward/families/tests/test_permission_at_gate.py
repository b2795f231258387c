"""A token that stands on a permission opens the gate as long as the permission holds, and not a moment longer."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age import attempts, gate
from leeward.age import services as ages
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.rules import permits
from leeward.core.models import Organisation, User
from leeward.families.models import Child
from leeward.families.permission import links, services
from leeward.families.permission.choices import Months, Scope
from leeward.families.permission.models import Permission
from leeward.families.tests.family import HOST, show_adult

pytestmark = pytest.mark.django_db
NONCE = "AbCdEfGhIjKlMnOpQrStUv"


@pytest.fixture
def allowed(ana: Child, bea: User, harbour: Organisation) -> Permission:
    """What Bea allowed Ana."""
    at = timezone.now()
    links.state(ana, by=bea, at=at)
    show_adult(bea)
    asked = services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT, Scope.POST]), at=at)
    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=at)
    asked.refresh_from_db()
    return asked


@pytest.fixture
def corner() -> Requirement:
    """A corner for those who are younger than 13."""
    at = timezone.now()
    site = ages.add_site(slug="forum", name="Forum", callback="https://forum.example/_age/back", at=at)
    draft = ages.RequirementDraft("forum-corner", "The corner", None, 13, Level.STANDARD, (Kind.VERIFICATION,))
    return ages.require(site, draft, actor="system", at=at)


@pytest.fixture
def shown(corner: Requirement, allowed: Permission) -> AgeTransaction:
    """An attempt that a method ended because of the permission."""
    at = timezone.now()
    return AgeTransaction.objects.create(
        requirement=corner,
        method="family",
        state=AgeTransaction.State.SATISFIED,
        level=Level.STANDARD,
        holder=permits.holder(allowed.subject),
        nonce=gate.digest(NONCE),
        browser=b"x" * 32,
        begun_at=at,
        ended_at=at,
    )


def visitor(attempt: AgeTransaction) -> Client:
    """Return the browser in which the token of an attempt is."""
    address = attempts.go(attempt, at=timezone.now())
    token = parse_qs(urlsplit(address).query)["token"][0]
    browser = Client(headers={"host": HOST})
    browser.cookies[gate.COOKIE] = f"{NONCE}.{token}"
    return browser


def at_gate(browser: Client) -> int:
    return browser.get("/age/gate", headers={"x-age-required": "forum-corner"}).status_code


def test_a_permission_that_is_taken_back_is_refused_at_the_gate(
    shown: AgeTransaction, allowed: Permission, bea: User
) -> None:
    browser = visitor(shown)
    before = at_gate(browser)

    services.revoke(allowed, by=bea, at=timezone.now())

    assert (before, at_gate(browser)) == (204, 401)


def test_once_it_is_taken_back_the_attempt_gives_no_other_token(
    shown: AgeTransaction, allowed: Permission, bea: User
) -> None:
    services.revoke(allowed, by=bea, at=timezone.now())
    shown.refresh_from_db()

    with pytest.raises(attempts.AttemptOver):
        attempts.go(shown, at=timezone.now())


def test_what_is_over_by_the_clock_is_refused_at_the_gate(shown: AgeTransaction, allowed: Permission) -> None:
    browser = visitor(shown)
    Permission.objects.filter(pk=allowed.pk).update(until=timezone.now() - timedelta(seconds=1))

    services.run_clock(timezone.now())

    assert at_gate(browser) == 401


def test_the_token_of_somebody_else_stays_good(shown: AgeTransaction, allowed: Permission, bea: User) -> None:
    AgeTransaction.objects.filter(pk=shown.pk).update(holder="permit:of-somebody-else")
    shown.refresh_from_db()
    browser = visitor(shown)

    services.revoke(allowed, by=bea, at=timezone.now())

    assert at_gate(browser) == 204
