"""Harbour Forum has pages for adults (18, standard) and a corner for children (under 13). Ana is 12, Bea is grown up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from leeward.age import records, services
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord, Requirement, Site
from leeward.age.services import RequirementDraft
from leeward.core.models import User

type SignIn = Callable[[User], Client]

AT = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)
HOST = "localhost"
ORIGIN = "https://forum.example"
ANAS_CODE, BEAS_CODE = "ANA7-M2QX-41", "BEA3-88WE-07"
VERIFIED = (Kind.VERIFICATION,)
EVERY_KIND = tuple(Kind)


@pytest.fixture
def forum(db: None) -> Site:
    """A site that asks for ages."""
    return services.add_site(slug="forum", name="Harbour Forum", callback=f"{ORIGIN}/_age/back", at=AT)


@pytest.fixture
def adults(forum: Site) -> Requirement:
    """Pages for those who are at least 18, by a record at least."""
    draft = RequirementDraft("forum-adults", "Pages for adults", 18, None, Level.STANDARD, VERIFIED)
    return services.require(forum, draft, actor="system", at=AT)


@pytest.fixture
def teens(forum: Site) -> Requirement:
    """Pages for those who say that they are at least 13."""
    draft = RequirementDraft("forum-teens", "The talk", 13, None, Level.ASSERTED, EVERY_KIND)
    return services.require(forum, draft, actor="system", at=AT)


@pytest.fixture
def children(forum: Site) -> Requirement:
    """A corner for those who are younger than 13."""
    draft = RequirementDraft("forum-children", "The corner", None, 13, Level.STANDARD, VERIFIED)
    return services.require(forum, draft, actor="system", at=AT)


@pytest.fixture
def roster(db: None) -> None:
    """The list of a school, taken in just now: Ana is 12 and Bea, who learns there in the evening, is 40."""
    years = {ANAS_CODE: 12, BEAS_CODE: 40}
    records.take(AgeRecord.Source.SCHOOL, records.read(_csv(years)), actor="system", at=datetime.now(UTC))


def _csv(years: dict[str, int]) -> list[str]:
    return ["code,years\n", *(f"{code},{age}\n" for code, age in years.items())]


@pytest.fixture
def client() -> Client:
    """A visitor without an account."""
    return Client(headers={"host": HOST})


@pytest.fixture
def signed_in() -> SignIn:
    """Return a browser in which a person is signed in."""

    def browser_of(person: User) -> Client:
        browser = Client(headers={"host": HOST})
        browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return browser_of
