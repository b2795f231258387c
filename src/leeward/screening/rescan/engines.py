"""Who does the work: processes of this machine, or those of a Dask cluster. Both are asked in the same way.

No more batches are under way than keep the workers busy, and of one host only one. Where a worker dies, the files that
it had are tried one by one, so that the file that kills is counted and the others are not lost with it.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Protocol

from leeward.core import interrupt
from leeward.screening.rescan import work
from leeward.screening.rescan.items import Batch, Item
from leeward.screening.rescan.work import Finding, Order

AHEAD = 2  # Batches under way for each worker: one that it does, and one that waits for it.
WORKER_DIED = "worker_died"


class EngineMissing(Exception):
    """An engine cannot be started. The message says what to install or to start."""


class Engine(Protocol):
    """Workers that take batches."""

    width: int
    broken: tuple[type[Exception], ...]

    def executor(self) -> Executor:
        """Return where to hand batches in."""

    def mend(self) -> None:
        """Make it work again after a worker died."""

    def close(self) -> None:
        """End the workers, and leave undone what they have not begun."""


class Local:
    """Processes of this machine."""

    broken: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, workers: int) -> None:
        self.width = workers
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        # Started anew and not copied: this process has threads and an open database.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.width, mp_context=context, initializer=work.begin)

    def executor(self) -> Executor:
        return self._pool

    def mend(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._pool = self._new()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


class Dask:
    """Workers of a Dask cluster: of the scheduler at an address, or of one that is started here for the time of the sweep.

    Workers elsewhere need Leeward installed, and the data folder and the swept files under the same paths.
    """

    def __init__(self, workers: int, scheduler: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")  # the extra `scale`; it has no types
        except ImportError:
            raise EngineMissing(
                "--engine dask needs the extra `scale`: install leeward[scale], or use --engine local"
            ) from None
        logging.getLogger("distributed").setLevel(logging.ERROR)  # It tells of every connection.
        self.broken: tuple[type[Exception], ...] = (distributed.KilledWorker,)
        try:
            self._cluster = (
                None
                if scheduler
                else distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
                )
            )
            self._client: Any = distributed.Client(scheduler or self._cluster)
        except OSError:
            raise EngineMissing(
                "no Dask scheduler answers at LEEWARD_DASK_SCHEDULER; start it, or correct the address"
            ) from None
        self.width = max(1, sum(self._client.nthreads().values()))
        self._executor: Executor = self._client.get_executor(pure=False)

    def executor(self) -> Executor:
        return self._executor

    def mend(self) -> None:
        """Do nothing: the cluster starts dead workers again."""

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


class Here:
    """This process, for what is too little to start others for."""

    width = 1
    broken: tuple[type[Exception], ...] = ()

    def executor(self) -> Executor:
        return _Direct()

    def mend(self) -> None:
        """Do nothing: this process is well."""

    def close(self) -> None:
        """Do nothing: nothing was started."""


class _Direct(Executor):
    def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        done: Future[R] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class Pace:
    """So many files a second at the most, or as many as there are where it is 0."""

    files_per_s: float = 0.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next_at: float = 0.0

    def wait(self, files: int) -> None:
        """Wait until so many files may be begun; raises `KeyboardInterrupt` where Ctrl-C came and was lost."""
        interrupt.heed()
        if not self.files_per_s:
            return
        now = self.clock()
        if self._next_at > now:
            self.sleep(self._next_at - now)
        self._next_at = max(self._next_at, now) + files / self.files_per_s


@dataclass
class _Queue:
    """The batches that are yet to be handed in, in order, but none of a host that is being asked."""

    source: Iterator[Batch]
    most_parked: int
    busy: set[str] = field(default_factory=set)
    parked: deque[Batch] = field(default_factory=deque)

    def next(self) -> Batch | None:
        """Return a batch that may begin now, or None where there is none, or none yet."""
        for parked in self.parked:
            if parked.lane not in self.busy:
                self.parked.remove(parked)
                return self._begun(parked)
        while len(self.parked) < self.most_parked and (batch := next(self.source, None)) is not None:
            if batch.lane not in self.busy:
                return self._begun(batch)
            self.parked.append(batch)
        return None

    def _begun(self, batch: Batch) -> Batch:
        if batch.lane:
            self.busy.add(batch.lane)
        return batch

    def ended(self, batch: Batch) -> None:
        self.busy.discard(batch.lane)


def examined(
    engine: Engine, order: Order, batches: Iterable[Batch], *, pace: Pace
) -> Iterator[tuple[Batch, list[Finding]]]:
    """Yield each batch with its findings, in whatever order they come. Raises what a worker raised."""
    queue = _Queue(iter(batches), most_parked=64 * engine.width)
    under_way: dict[Future[list[Finding]], Batch] = {}
    while True:
        while len(under_way) < AHEAD * engine.width and (ready := queue.next()) is not None:
            pace.wait(len(ready.items))
            under_way[_submitted(engine, order, ready.items)] = ready
        if not under_way:
            return
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            batch = under_way.pop(future)
            findings = _result(engine, order, batch, future)
            queue.ended(batch)
            yield batch, findings


def _submitted(engine: Engine, order: Order, items: Sequence[Item]) -> Future[list[Finding]]:
    try:
        return engine.executor().submit(work.examine, order, items)
    except engine.broken:
        engine.mend()
        return engine.executor().submit(work.examine, order, items)


def _result(engine: Engine, order: Order, batch: Batch, done: Future[list[Finding]]) -> list[Finding]:
    try:
        return done.result()
    except engine.broken:
        # Any batch under way may be the one that killed; all of them come here.
        return [_alone(engine, order, item) for item in batch.items]


def _alone(engine: Engine, order: Order, item: Item) -> Finding:
    try:
        return _submitted(engine, order, (item,)).result()[0]
    except engine.broken:
        return Finding(work.without_data(item), reason=WORKER_DIED)
