"""What dnsdist counts of closed doors, and that it answers where it cannot count."""

from __future__ import annotations

import dataclasses
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from leeward.engines import policy
from leeward.engines.policy import counted
from leeward.engines.policy.counted import EVERYBODY, Key
from leeward.engines.policy.family import NEVER, Own, Profile, Window

from .conftest import ANA, ANA_NUMBER, Tables
from .running import DOOR, OPEN_ADDRESS, Running, running

type Counted = Callable[[], dict[Key, int]]

BEN, BEN_NUMBER = "127.0.0.13", 2_000_000_000
PLAY, CHAT, APP, SEARCH = 1 << 25, 1 << 20, 1 << 100, 1 << 56
LISTED = {
    "play.example": PLAY | APP,
    "app.example": APP,
    "chat.example": CHAT,
    "search.example": SEARCH,
    "help.play.example": NEVER,
}
ALL_WEEK = (Window(frozenset(range(7)), 0, 1440),)


@pytest.fixture(scope="module")
def dnsdist(tables: Tables) -> Iterator[Running]:
    tables.family.swap_names(LISTED.items())
    tables.signs.block(policy.Entry("law.example", policy.Reason.censored, 1), never_block=frozenset())
    tables.signs.block(policy.Entry("bad.example", policy.Reason.operator_block, 2), never_block=frozenset())
    for address, number in ((ANA, ANA_NUMBER), (BEN, BEN_NUMBER)):
        put(tables, number)
        tables.family.put_who(b"4" + socket.inet_aton(address), number)
    with running(tables.plane) as made:
        yield made


@pytest.fixture(autouse=True)
def _as_before(tables: Tables, dnsdist: Running) -> None:
    for number in (ANA_NUMBER, BEN_NUMBER):
        put(tables, number)


@pytest.fixture
def counts(tables: Tables, dnsdist: Running) -> Counted:
    """Return what was counted since the test began; a key without a name is a count, one with a name a kept name."""
    before = _everything(tables)
    return lambda: {key: count - before[key] for key, count in _everything(tables).items() if count > before[key]}


def _everything(tables: Tables) -> Counter[Key]:
    """Return what every file says together, those of the present period among them."""
    together: Counter[Key] = Counter()
    for path in counted.finished(tables.plane.data_dir / "counts", at_s=int(time.time()) + 3_600):
        together.update(counted.read(path).counts)
    return together


def put(tables: Tables, number: int, **changes: object) -> None:
    profile = Profile(
        number=number,
        blocked=PLAY | APP,
        homework=ALL_WEEK,
        homework_blocked=CHAT,
        safe=SEARCH,
        owns=(Own("own.example", allows=False),),
    )
    tables.family.put_profile(dataclasses.replace(profile, **changes), at=datetime.now(UTC))  # type: ignore[arg-type]  # a test's own words


def test_each_closed_answer_is_counted_under_what_decided(dnsdist: Running, tables: Tables, counts: Counted) -> None:
    for name in ("play.example", "www.play.example", "app.example", "chat.example", "search.example", "own.example"):
        dnsdist.ask(name, source=ANA)
    dnsdist.ask("law.example")
    dnsdist.ask("a.bad.example", source=BEN)
    dnsdist.over_tcp("app.example", source=BEN)

    assert counts() == {
        Key(ANA_NUMBER, 25): 2,
        Key(ANA_NUMBER, 100): 1,
        Key(ANA_NUMBER, 136): 1,
        Key(ANA_NUMBER, 138): 1,
        Key(ANA_NUMBER, 135): 1,
        Key(EVERYBODY, 129): 1,
        Key(EVERYBODY, 130): 1,
        Key(BEN_NUMBER, 100): 1,
    }


def test_what_is_open_is_not_counted(dnsdist: Running, tables: Tables, counts: Counted) -> None:
    for name in ("good.example", "help.play.example", "use-application-dns.net"):
        dnsdist.ask(name, source=ANA)
    dnsdist.ask("play.example")

    assert counts() == {}


def test_a_pause_and_bedtime_are_counted_on_the_straight_way_too(
    dnsdist: Running, tables: Tables, counts: Counted
) -> None:
    put(tables, ANA_NUMBER, bedtime=ALL_WEEK)
    put(tables, BEN_NUMBER, bedtime=ALL_WEEK, paused_until=datetime.now(UTC) + timedelta(hours=1))
    for name in ("good.example", "play.example", "a.b.c.d.e.f.good.example"):
        for _ in range(100):
            dnsdist.ask(name, source=ANA)
        assert dnsdist.ask(name, source=BEN).addresses == (DOOR,)

    assert counts() == {Key(ANA_NUMBER, 133): 300, Key(BEN_NUMBER, 132): 3}


def test_names_are_kept_for_whoever_asked_for_them_and_where_they_were_the_reason(
    dnsdist: Running, tables: Tables, counts: Counted
) -> None:
    put(tables, ANA_NUMBER, shows_names=True)
    for name in (
        "WWW.Play.example",
        "www.play.example",
        "own.example",
        "good.example",
        "help.play.example",
        "law.example",
    ):
        dnsdist.ask(name, source=ANA)
        dnsdist.ask(name, source=BEN)
    put(tables, ANA_NUMBER, shows_names=True, bedtime=ALL_WEEK)
    dnsdist.ask("night.example", source=ANA)

    assert {key: count for key, count in counts().items() if key.name} == {
        Key(ANA_NUMBER, 25, b"\3www\4play\7example"): 2,
        Key(ANA_NUMBER, 135, b"\3own\7example"): 1,
    }


def test_no_name_is_on_the_disk_by_default(dnsdist: Running, tables: Tables, counts: Counted) -> None:
    for name in ("quiet.play.example", "quiet.good.example"):
        dnsdist.ask(name, source=ANA)

    assert counts() == {Key(ANA_NUMBER, 25): 1}
    folder = tables.plane.data_dir / "counts"
    assert all(b"quiet" not in path.read_bytes() for path in folder.iterdir())


def test_where_nothing_can_be_counted_everything_is_answered(tables: Tables) -> None:
    elsewhere = tables.folder / "elsewhere"
    elsewhere.mkdir()
    for name in ("policy.tbl", "policy.tbl.control", "family"):
        (elsewhere / name).symlink_to(tables.plane.data_dir / name)
    (elsewhere / "counts").symlink_to("/proc")  # A folder in which nobody can make a file.

    with running(dataclasses.replace(tables.plane, data_dir=elsewhere, folder=tables.folder / "other")) as dnsdist:
        for _ in range(3):
            assert dnsdist.ask("play.example", source=ANA).addresses == (DOOR,)
            assert dnsdist.ask("good.example", source=ANA).addresses == (OPEN_ADDRESS,)


def test_many_profiles_find_room(dnsdist: Running, tables: Tables, counts: Counted) -> None:
    for number in range(1_000, 3_000):
        tables.family.put_profile(Profile(number=number, blocked=PLAY), at=datetime.now(UTC))
        tables.family.put_who(b"4" + socket.inet_aton(ANA), number)
        if number % 10 == 0:
            dnsdist.ask("play.example", source=ANA)

    found = counts()
    tables.family.put_who(b"4" + socket.inet_aton(ANA), ANA_NUMBER)
    assert found == {Key(number, 25): 1 for number in range(1_000, 3_000, 10)}
