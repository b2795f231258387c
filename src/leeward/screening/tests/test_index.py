"""The index follows the change log; while it cannot, uploads are held."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection

from leeward.core import sequencer
from leeward.core.models import Organisation
from leeward.engines import hashing
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.screening import index, probes
from leeward.screening import services as screening
from leeward.screening.models import Answer
from leeward.screening.tests.uploads import AT, digest_of, encoded, look_of, published, taken_back, waves

pytestmark = pytest.mark.django_db
FIRST, SECOND = encoded(waves(1)), encoded(waves(2))


@contextlib.contextmanager
def database_fails(*, after: int = 0) -> Iterator[None]:
    """Let every statement after the first `after` ones fail, as a database does that went away."""
    left = iter(range(after))

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if next(left, None) is None:
            raise OperationalError("the database went away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def known(held: index.Index, data: bytes) -> bool:
    held.catch_up()
    exact = [held.exact(kind, value) for kind, value in screening.exact_values(hashing.digests(data))]
    return any(exact) or bool(held.near(hashing.variants(data)))


def held_rows(held: index.Index) -> int:
    figures = held.figures()
    assert figures is not None
    return figures.near_rows + figures.exact_rows


def test_while_the_database_is_down_every_upload_is_held(harbour: Organisation) -> None:
    published(look_of(FIRST))

    with database_fails():
        never_loaded = screening.screen(SECOND, asked_by=harbour, at=AT)
    screening.screen(SECOND, asked_by=harbour, at=AT)
    with database_fails():
        loaded_before = screening.screen(SECOND, asked_by=harbour, at=AT)

    for screened in (never_loaded, loaded_before):
        assert (screened.answer, screened.reason) == (Answer.HELD, "index_not_ready")


def test_uploads_are_judged_again_when_the_database_is_back(harbour: Organisation) -> None:
    published(look_of(FIRST))
    with database_fails():
        screening.screen(FIRST, asked_by=harbour, at=AT)

    assert screening.screen(FIRST, asked_by=harbour, at=AT).answer == Answer.KNOWN


@pytest.mark.parametrize("after", [1, 2])
def test_a_load_that_broke_off_leaves_no_sign_behind_that_was_taken_back_meanwhile(after: int) -> None:
    published(look_of(FIRST), source="decision:1")
    published(digest_of(SECOND), source="decision:2")
    held = index.Index()
    with contextlib.suppress(DatabaseError), database_fails(after=after):
        held.catch_up()
    assert held.position is None

    taken_back("decision:1")

    assert not known(held, FIRST)
    assert known(held, SECOND)


def test_a_process_that_starts_later_holds_the_same_as_one_that_followed() -> None:
    follower = index.Index()
    follower.catch_up()
    published(look_of(FIRST), digest_of(SECOND), source="decision:1")
    follower.catch_up()
    published(look_of(SECOND), source="decision:2")
    taken_back("decision:1")
    newcomer = index.Index()

    for held in (follower, newcomer):
        assert (known(held, FIRST), known(held, SECOND)) == (False, True)
        assert held.position == indicators.head()


def test_a_sign_published_and_taken_back_between_two_questions_is_not_held() -> None:
    held = index.Index()
    held.catch_up()
    indicators.publish([look_of(FIRST), digest_of(SECOND)], source="decision:1", actor="user:1", at=AT)
    indicators.revoke(source="decision:1", actor="user:1", at=AT)
    sequencer.stamp(at=AT)

    assert not known(held, FIRST)
    assert not known(held, SECOND)


def test_an_expired_sign_is_let_go() -> None:
    sign = indicators.Sign(Kind.MD5, hashing.digests(FIRST).md5, Category.OTHER, valid_until=AT + timedelta(seconds=1))
    published(sign)
    held = index.Index()
    assert known(held, FIRST)

    indicators.expire(AT + timedelta(seconds=1))
    sequencer.stamp(at=AT)

    assert not known(held, FIRST)


def test_positions_of_host_names_move_the_index_on_as_well() -> None:
    held = index.Index()
    published(indicators.Sign(Kind.DOMAIN, "bad.example", Category.OTHER))

    held.catch_up()

    assert held.position == indicators.head() == 1
    assert held_rows(held) == 1


def test_readiness_loads_the_index_and_says_how_much_it_holds() -> None:
    published(look_of(FIRST), look_of(SECOND))

    finding = probes.index_follows(AT)

    assert finding.is_well
    assert finding.words.startswith("2 ")
    assert index.shared().position == indicators.head()
