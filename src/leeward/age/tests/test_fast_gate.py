"""The event loop lets in who has a good token, and leaves everybody else to the site. It trusts no state that is old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from leeward.age import board, fast_gate, gate, tokens
from leeward.age.levels import Level
from leeward.age.models import Requirement
from leeward.age.tests.conftest import ORIGIN

NONCE = "AbCdEfGhIjKlMnOpQrStUv"

pytestmark = pytest.mark.django_db(transaction=True)


async def site(scope: Any, receive: Any, send: Any) -> None:
    """Stand for the whole of Django: it answers 401."""
    await send({"type": "http.response.start", "status": 401, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def cookie(*, level: Level = Level.STANDARD, holder: str = "") -> bytes:
    token = tokens.issue(
        audience=ORIGIN, nonce=gate.digest(NONCE), over=18, level=level, at=timezone.now(), holder=holder
    )
    return f"other=1; {gate.COOKIE}={NONCE}.{token}".encode()


def ask(front: fast_gate.FastGate, *headers: tuple[bytes, bytes], path: str = "/age/gate") -> int:
    """Return the status that a request gets."""
    statuses: list[int] = []

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    async def nothing() -> Any:
        raise AssertionError("nobody reads a body here")

    asyncio.run(front({"type": "http", "path": path, "headers": list(headers)}, nothing, send))
    return statuses[0]


@pytest.fixture
def front() -> fast_gate.FastGate:
    """A gate that has just started."""
    return fast_gate.FastGate(site)


def test_a_good_token_is_let_in_at_both_addresses(front: fast_gate.FastGate, adults: Requirement) -> None:
    sent = [(b"x-age-required", b"forum-adults"), (b"cookie", cookie())]

    assert [ask(front, *sent, path=path) for path in ("/age/gate", "/age/gate/enter", "/age/gate/start")] == [
        204,
        204,
        401,
    ]


@pytest.mark.parametrize(
    "sent",
    [
        lambda: [(b"x-age-required", b"forum-adults")],
        lambda: [(b"cookie", cookie())],
        lambda: [(b"x-age-required", b"made-up"), (b"cookie", cookie())],
        lambda: [(b"x-age-required", b"forum-adults"), (b"x-age-required", b"forum-adults"), (b"cookie", cookie())],
        lambda: [(b"x-age-required", b"forum-adults"), (b"cookie", cookie(level=Level.BASIC))],
        lambda: [(b"x-age-required", b"forum-adults"), (b"cookie", b"__Host-age=\xff\x00;;=")],
    ],
    ids=["no token", "no area", "another area", "two areas", "not sure enough", "broken"],
)
def test_everybody_else_goes_to_the_site(
    front: fast_gate.FastGate, adults: Requirement, sent: Callable[[], list[tuple[bytes, bytes]]]
) -> None:
    assert ask(front, *sent()) == 401


class OldBoard(board.Board):
    """A board whose database went away after it was read, a while ago."""

    def __init__(self, *, read_before_s: float) -> None:
        super().__init__()
        super().refresh(at=timezone.now() - timedelta(seconds=read_before_s))

    def refresh(self, *, at: Any) -> None:
        raise DatabaseError


@pytest.mark.parametrize(("read_before_s", "status"), [(2.0, 204), (9.0, 401)])
def test_a_state_that_is_too_old_lets_nobody_in(adults: Requirement, read_before_s: float, status: int) -> None:
    front = fast_gate.FastGate(site, state=OldBoard(read_before_s=read_before_s))

    assert ask(front, (b"x-age-required", b"forum-adults"), (b"cookie", cookie())) == status


def test_what_was_taken_back_is_refused_though_its_signature_is_remembered(adults: Requirement) -> None:
    state, at = board.Board(), timezone.now()
    state.refresh(at=at)
    brought = fast_gate.token_cookie(cookie(holder="permission:7").decode())
    state.admit(brought, "forum-adults", at=at)

    taken_back = tokens.revoke("permission:7", at=at)
    state.refresh(at=at)

    assert taken_back == 1
    with pytest.raises(gate.Refused) as refused:
        state.admit(brought, "forum-adults", at=at)
    assert refused.value.code == gate.Code.REVOKED


def test_a_token_that_is_remembered_is_over_in_time(adults: Requirement) -> None:
    state, at = board.Board(), timezone.now()
    state.refresh(at=at)
    brought = fast_gate.token_cookie(cookie().decode())
    state.admit(brought, "forum-adults", at=at)

    with pytest.raises(gate.Refused) as refused:
        state.admit(brought, "forum-adults", at=at + timedelta(minutes=10))

    assert refused.value.code == gate.Code.EXPIRED
