"""Show how far a sweep is: a bar where a terminal is, and a plain line now and then where the output goes to a file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from leeward.screening.rescan.services import Tally

EVERY_S = 10.0
_STEADY_S = 60.0


@contextlib.contextmanager
def shown(console: Console, name: str, *, total: int | None, done: int) -> Iterator[Callable[[Tally], None]]:
    """Yield what is to be told of each batch. `done` files were done before, by the sweep that this one goes on with."""
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(name, total=total, completed=done, found="", rate="")
            yield _Told(lambda told: _drawn(bar, task, told), done).tell
        return
    told = _Told(lambda told: _line(console, told, total=total), done, every_s=EVERY_S)
    yield told.tell


class _Told:
    """What was told so far, and when to show it again."""

    def __init__(self, show: Callable[[_Told], None], done: int, *, every_s: float = 0.0) -> None:
        self._show, self._every_s = show, every_s
        self._shown_at = self._begun_at = time.monotonic()
        self.before, self.sum = done, Tally()

    @property
    def files(self) -> int:
        return self.before + self.sum.files

    @property
    def rate(self) -> float:
        """Files a second since this began."""
        return self.sum.files / max(1e-9, time.monotonic() - self._begun_at)

    def tell(self, tally: Tally) -> None:
        self.sum.add(tally)
        now = time.monotonic()
        if now - self._shown_at >= self._every_s:
            self._shown_at = now
            self._show(self)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[found]}"),
        console=console,
        speed_estimate_period=_STEADY_S,
        # The bar goes to the terminal beside whatever is printed as the result.
        transient=False,
    )


def _drawn(bar: Progress, task: object, told: _Told) -> None:
    bar.update(
        task,  # type: ignore[arg-type]  # rich's own name for a whole number
        completed=told.files,
        rate=f"{told.rate:,.0f} files/s",
        found=f"{told.sum.matches} found, {told.sum.unreadable.total()} not judged",
    )


def _line(console: Console, told: _Told, *, total: int | None) -> None:
    of = f" of {total:,}" if total is not None else ""
    left = ""
    if total is not None and told.rate:
        left = f", {_duration((total - told.files) / told.rate)} left"
    console.print(
        f"{told.files:,}{of} files, {decimal(told.sum.size_bytes)}, {told.rate:,.1f} files/s{left}, "
        f"{told.sum.matches} found, {told.sum.unreadable.total()} not judged",
        highlight=False,
        soft_wrap=True,
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
