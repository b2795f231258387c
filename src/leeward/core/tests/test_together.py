"""Threads that write at the same moment share a commit; each gets its own answer, and one that fails fails alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections

from leeward.core import together
from leeward.core.models import Organisation

MANY = 24


def wish(slug: str) -> Callable[[], str]:
    def work() -> str:
        Organisation.objects.create(slug=slug, name=slug, kind=Organisation.Kind.PROVIDER)
        return slug

    return work


def all_at_once(slugs: list[str]) -> list[str | type[BaseException]]:
    """Return what each of so many threads was answered, or what was raised there."""
    here = threading.Barrier(len(slugs))

    def ask(slug: str) -> str | type[BaseException]:
        here.wait(20)
        try:
            return together.commit(wish(slug))
        except IntegrityError as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(slugs)) as pool:
        answers = list(pool.map(ask, slugs))
    connections.close_all()
    return answers


@pytest.mark.django_db(transaction=True)
def test_everyone_is_answered_with_their_own_and_everything_is_stored() -> None:
    slugs = [f"quay-{number}" for number in range(MANY)]

    assert all_at_once(slugs) == slugs
    assert set(Organisation.objects.values_list("slug", flat=True)) == set(slugs)


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_spoils_no_neighbours_and_is_told_so_itself() -> None:
    wish("taken")()
    slugs = [f"quay-{number}" for number in range(MANY)]
    asked = [slug for pair in zip(slugs, ["taken"] * MANY, strict=True) for slug in pair]

    answers = all_at_once(asked)

    assert answers == [IntegrityError if slug == "taken" else slug for slug in asked]
    assert Organisation.objects.count() == MANY + 1


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_after_a_failure_can_lead_again() -> None:
    wish("taken")()
    with pytest.raises(IntegrityError):
        together.commit(wish("taken"))

    assert together.commit(wish("free")) == "free"


@pytest.mark.django_db
def test_inside_a_transaction_it_is_a_part_of_that() -> None:
    assert together.commit(wish("free")) == "free"
    assert connection.in_atomic_block
