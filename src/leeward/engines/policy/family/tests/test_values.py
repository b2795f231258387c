"""What a profile refuses: every part that could not be compiled or would be passed over in silence."""

from collections.abc import Callable
from datetime import datetime

import pytest

from leeward.engines.policy.family import (
    BLOCKABLE,
    BYPASSES,
    CATEGORIES,
    NEVER,
    RESET,
    SAFE_SEARCHES,
    SERVICES,
    Own,
    Profile,
    ProfileRefused,
    Window,
)

MONDAY = frozenset({0})
NAIVE = datetime(2026, 11, 23)


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: Window(days=frozenset(), start=0, end=60), "window, days"),
        (lambda: Window(days=frozenset({7}), start=0, end=60), "window, days"),
        (lambda: Window(days=MONDAY, start=1440, end=60), "window, start and end"),
        (lambda: Window(days=MONDAY, start=-15, end=60), "window, start and end"),
        (lambda: Window(days=MONDAY, start=0, end=1455), "window, start and end"),
        (lambda: Window(days=MONDAY, start=7, end=60), "quarters"),
        (lambda: Window(days=MONDAY, start=0, end=67), "quarters"),
        (lambda: Own("Play.example", allows=True), "exception, name"),
        (lambda: Own("", allows=True), "exception, name"),
        (lambda: Own("*.play.example", allows=True), "exception, name"),
        (lambda: Own("play.example", allows=True, until=NAIVE), "exception, until"),
        (lambda: Profile(number=0), "profile, number"),
        (lambda: Profile(number=2**31), "profile, number"),
        (lambda: Profile(number=1, blocked=RESET), "profile, blocked"),
        (lambda: Profile(number=1, blocked=NEVER), "profile, blocked"),
        (lambda: Profile(number=1, blocked=1 << 128), "profile, blocked"),
        (lambda: Profile(number=1, blocked=-1), "profile, blocked"),
        (lambda: Profile(number=1, homework_blocked=SAFE_SEARCHES), "profile, homework_blocked"),
        (lambda: Profile(number=1, safe=1), "profile, safe"),
        (lambda: Profile(number=1, paused_until=NAIVE), "profile, paused_until"),
        (lambda: Profile(number=1, extra_until=NAIVE), "profile, extra_until"),
        (lambda: Profile(number=1, zone="Nowhere/Land"), "profile, zone"),
        (lambda: Profile(number=1, zone="../etc"), "profile, zone"),
        (lambda: Profile(number=1, zone=""), "profile, zone"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_place(make: Callable[[], object], place: str) -> None:
    with pytest.raises(ProfileRefused, match=place):
        make()


def test_a_refusal_does_not_repeat_a_familys_name() -> None:
    with pytest.raises(ProfileRefused) as refused:
        Own("Wondrous.example", allows=False)

    assert "ondrous" not in str(refused.value)


def test_the_widest_profile_is_taken() -> None:
    profile = Profile(number=2**31 - 1, blocked=BLOCKABLE, homework_blocked=BLOCKABLE, safe=SAFE_SEARCHES)

    assert profile.blocked == CATEGORIES | BYPASSES | SERVICES


def test_the_kinds_of_marks_share_no_bit_and_leave_two_in_reserve() -> None:
    kinds = (CATEGORIES, BYPASSES, SAFE_SEARCHES, RESET, NEVER, SERVICES)

    assert sum(kind.bit_count() for kind in kinds) == 126
    assert (1 << 128) - 1 - sum(kinds) == 1 << 60 | 1 << 63
