"""Names that a family itself opens or closes."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from leeward.core import config
from leeward.core.models import User
from leeward.engines import policy
from leeward.families.tests.conftest import AT
from leeward.limits import own_names, services
from leeward.limits.models import Limits, OwnName

pytestmark = pytest.mark.django_db

NEVER = "helpline.example.org"


@pytest.fixture(autouse=True)
def _helpline(settings: Settings) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, network=dataclasses.replace(current.network, never_block=(NEVER,)))


def names(limits: Limits) -> list[tuple[str, bool]]:
    return [(own.name, own.allows) for own in limits.own_names.all()]


def test_a_name_is_normalised_and_sealed(limits: Limits, bea: User) -> None:
    own = services.allow_name(limits, "WWW.Bücher.Example.", until=None, by=bea, at=AT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM limits_ownname WHERE id = %s", [own.pk])
        (stored,) = cursor.fetchone()
    assert own.name == "www.xn--bcher-kva.example"
    assert "kva" not in stored
    assert OwnName.objects.get().name == own.name


def test_what_was_said_last_of_a_name_counts_alone(limits: Limits, bea: User) -> None:
    services.close_name(limits, "play.example.org", until=None, by=bea, at=AT)
    services.close_name(limits, "other.example.org", until=None, by=bea, at=AT)

    services.allow_name(limits, "PLAY.example.org", until=None, by=bea, at=AT)

    assert names(limits) == [("other.example.org", False), ("play.example.org", True)]


@pytest.mark.parametrize("name", ["org", "co.uk", "", "192.0.2.7", "two words.example.org", "a..example.org"])
def test_a_public_suffix_and_what_is_no_name_are_neither_opened_nor_closed(
    name: str, limits: Limits, bea: User
) -> None:
    for verb in (services.allow_name, services.close_name):
        with pytest.raises((policy.NotAHostName, policy.PublicSuffix)):
            verb(limits, name, until=None, by=bea, at=AT)

    assert not names(limits)


@pytest.mark.parametrize("name", [NEVER, "example.org"])
def test_what_must_always_be_reachable_is_not_closed_but_may_be_opened(name: str, limits: Limits, bea: User) -> None:
    with pytest.raises(policy.NeverBlocked):
        services.close_name(limits, name, until=None, by=bea, at=AT)

    services.allow_name(limits, name, until=None, by=bea, at=AT)

    assert names(limits) == [(name, True)]


def test_a_name_is_dropped_once(limits: Limits, bea: User) -> None:
    own = services.allow_name(limits, "open.example.org", until=None, by=bea, at=AT)

    services.drop_name(own, by=bea, at=AT)

    assert not names(limits)
    with pytest.raises(services.NoSuchName):
        services.drop_name(own, by=bea, at=AT)


def test_there_is_an_end_to_how_many_names_there_can_be_and_those_that_are_over_do_not_count(
    limits: Limits, bea: User
) -> None:
    until = AT + timedelta(hours=1)
    OwnName.objects.bulk_create(
        OwnName(limits=limits, name=f"a{number}.example.org", allows=True, until=until, made_at=AT)
        for number in range(own_names.MOST_NAMES)
    )
    with pytest.raises(services.TooManyNames):
        services.allow_name(limits, "one-more.example.org", until=None, by=bea, at=AT)
    services.allow_name(limits, "a7.example.org", until=until, by=bea, at=AT)

    services.allow_name(limits, "one-more.example.org", until=None, by=bea, at=until)

    assert names(limits) == [("one-more.example.org", True)]
