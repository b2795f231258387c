"""Work goes to processes in a bounded queue, one batch of a host at a time, and a file that kills its worker is named."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest

from leeward.engines import matching
from leeward.screening.rescan import engines
from leeward.screening.rescan.engines import Engine, Local, Pace
from leeward.screening.rescan.items import Batch, Item, Place
from leeward.screening.rescan.reading import Reach
from leeward.screening.rescan.work import Finding, Order, Signs
from leeward.screening.tests.uploads import encoded, waves

NO_PACE = Pace()


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """An order with one sign in it: the first waves."""
    path = tmp_path / "some.seg"
    none, nothing = np.empty(0, np.int64), np.empty((0, 16), np.uint8)
    value = np.frombuffer(matching.exact_value("md5", "0" * 32), np.uint8).reshape(1, 16)
    matching.build(
        path,
        keys=none,
        values=np.empty((0, 32), np.uint8),
        exact_keys=np.zeros(len(value), np.int64),
        exact_values=value if len(value) else nothing,
        position=1,
        mark=bytes(32),
    )
    path.with_suffix(".texts").touch()
    return Order(Signs(str(path), 50, 30), Reach())


def files(folder: Path, count: int) -> list[Item]:
    found = []
    for number in range(count):
        path = folder / f"{number}.png"
        path.write_bytes(encoded(waves(number, width=128, height=96)))
        found.append(Item(Place.FILE, str(path), path.name, 1, cursor=str(number)))
    return found


def batches(items: list[Item], size: int, lane: Callable[[int], str] = lambda _: "") -> Iterator[Batch]:
    for number, start in enumerate(range(0, len(items), size)):
        yield Batch(number, tuple(items[start : start + size]), str(number), lane(number))


def reasons(engine: Engine, order: Order, items: list[Item], size: int) -> dict[str, str]:
    try:
        found = list(engines.examined(engine, order, batches(items, size), pace=NO_PACE))
    finally:
        engine.close()
    return {finding.item.item_id: finding.reason for _, findings in found for finding in findings}


def test_processes_find_the_same_as_this_process(order: Order, tmp_path: Path) -> None:
    items = files(tmp_path, 12)

    def found(engine: Engine) -> list[Finding]:
        try:
            done = list(engines.examined(engine, order, batches(items, 3), pace=NO_PACE))
        finally:
            engine.close()
        return sorted((one for _, some in done for one in some), key=lambda finding: finding.item.cursor)

    here, there = found(engines.Here()), found(Local(2))

    assert here == there
    assert len(here) == 12


class Killing:
    """An engine of processes in which one file ends whoever opens it, as a broken decoder would."""

    def __init__(self, name: Path) -> None:
        self._local, self._name = Local(1), name
        self.width, self.broken = self._local.width, self._local.broken

    def executor(self) -> Executor:
        return _KillingExecutor(self._local.executor(), self._name)

    def mend(self) -> None:
        self._local.mend()

    def close(self) -> None:
        self._local.close()


class _KillingExecutor(Executor):
    def __init__(self, inner: Executor, name: Path) -> None:
        self._inner, self._name = inner, name

    def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        if any(item.ref == str(self._name) for item in args[1]):  # type: ignore[attr-defined]  # `examine(order, items)`
            return self._inner.submit(die)  # type: ignore[arg-type]
        return self._inner.submit(fn, *args, **kwargs)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_file_that_kills_its_worker_is_named_and_the_others_are_not_lost(order: Order, tmp_path: Path) -> None:
    items = files(tmp_path, 4)

    found = reasons(Killing(tmp_path / "2.png"), order, items, 2)

    assert found == {item.item_id: engines.WORKER_DIED if item.item_id == "2.png" else "" for item in items}


class Slow:
    """An engine that does nothing until it is told to, and knows what it has been handed."""

    width = 4
    broken: tuple[type[Exception], ...] = ()

    def __init__(self) -> None:
        self.handed: list[tuple[Future[list[Finding]], list[Item]]] = []

    def executor(self) -> Executor:
        engine = self

        class Handed(Executor):
            def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
                future: Future[R] = Future()
                engine.handed.append((future, args[1]))  # type: ignore[arg-type]
                if len(engine.handed) == engine.enough:
                    engine.finish()
                return future

        return Handed()

    enough = 0

    def finish(self) -> None:
        for future, items in self.handed:
            if not future.done():
                future.set_result([Finding(item) for item in items])

    def mend(self) -> None:
        """Nothing breaks."""

    def close(self) -> None:
        """Nothing was started."""


def test_of_one_host_one_batch_is_under_way_and_other_hosts_go_on(order: Order) -> None:
    items = [Item(Place.ADDRESS, f"https://{host}.example/", host, 1) for host in "aaabbc"]
    engine = Slow()
    engine.enough = 3
    asked = engines.examined(engine, order, batches(items, 1, lambda number: "aaabbc"[number]), pace=NO_PACE)

    first = next(asked)

    assert sorted(given[0].item_id for _, given in engine.handed) == ["a", "b", "c"]
    engine.enough = 0
    lanes = [first[0].lane]
    for batch, _ in _finishing(engine, asked):
        lanes.append(batch.lane)
    assert sorted(lanes) == list("aaabbc")


def _finishing(engine: Slow, asked: Iterator[tuple[Batch, list[Finding]]]) -> Iterator[tuple[Batch, list[Finding]]]:
    engine.enough = len(engine.handed) + 1
    for done in asked:
        yield done
        engine.enough = len(engine.handed) + 1


def test_no_more_batches_are_listed_than_keep_the_workers_busy(order: Order) -> None:
    listed = 0

    def endless() -> Iterator[Batch]:
        nonlocal listed
        while True:
            listed += 1
            yield Batch(listed - 1, (Item(Place.FILE, "", "", 1),), "")

    engine = Slow()
    engine.enough = engines.AHEAD * engine.width

    next(engines.examined(engine, order, endless(), pace=NO_PACE))

    assert listed == engines.AHEAD * engine.width


def test_a_rate_is_kept_by_waiting() -> None:
    now = [100.0]
    pace = Pace(2.0, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))

    for _ in range(11):
        pace.wait(4)

    assert now[0] == 100.0 + 10 * 4 / 2


def test_time_that_passed_without_work_is_not_made_up_for() -> None:
    now = [100.0]
    pace = Pace(1.0, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    pace.wait(1)
    now[0] += 1000

    pace.wait(1)
    pace.wait(1)

    assert now[0] == 1101.0
