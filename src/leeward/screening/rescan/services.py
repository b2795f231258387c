"""What a re-scan can be asked to do: sweep a source, go on with one that broke off, ask new signs of what was seen.

Workers say which files may meet a sign; this process judges these few as if they were uploaded now, so that a match is a
match and a case a case, wherever they were found. A file that is judged twice is noted once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.db.models import Q

from leeward.core import faults, sequencer
from leeward.core.models import Organisation
from leeward.engines import hashing, matching
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind
from leeward.screening import index, keeper, looks, rules
from leeward.screening import services as screening
from leeward.screening.models import Answer, Match, Sweep
from leeward.screening.rescan import engines, newly, reading, seen, sources, work
from leeward.screening.rescan.engines import Engine, Pace
from leeward.screening.rescan.items import BATCH, Batch, Item, Place
from leeward.screening.rescan.reading import Reach
from leeward.screening.rescan.seen import Asked, Seen
from leeward.screening.rescan.sources import Source
from leeward.screening.rescan.work import Finding, Order, Signs
from leeward.screening.services import Upload

type Clock = Callable[[], datetime]


class NothingToResume(Exception):
    """The last sweep of this source came to its end; leave --resume out to begin another."""


class NotWrittenDown(Exception):
    """A match could not be judged or written, so the sweep stops before it. See that the database answers, then go on with --resume."""


@dataclass
class Tally:
    """What came of some files."""

    files: int = 0
    size_bytes: int = 0
    matches: int = 0
    known_before: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.files += other.files
        self.size_bytes += other.size_bytes
        self.matches += other.matches
        self.known_before += other.known_before
        self.unreadable += other.unreadable


class Keeps(Protocol):
    """Who remembers what workers found."""

    def add(self, findings: Sequence[Finding], *, asked: Asked) -> None:
        """Take in what was found of some files, of which the signs up to a position were asked."""


@dataclass(frozen=True)
class Way:
    """How to sweep: with which workers, how far and how fast, and what to do on the way."""

    engine: Engine
    reach: Reach
    pace: Pace
    clock: Clock
    keeps: Keeps | None = None
    tell: Callable[[Tally], None] = lambda _: None

    @property
    def batch(self) -> int:
        """How many files a worker takes at a time: fewer where they are to come slowly."""
        return max(1, min(BATCH, int(self.pace.files_per_s * 2))) if self.pace.files_per_s else BATCH


def begun(source: Source, *, organisation: Organisation | None, engine: str, at: datetime) -> Sweep:
    """Note that a sweep begins."""
    return Sweep.objects.create(
        organisation=organisation, source=source.name[:1000], engine=engine, total=source.count(), started_at=at
    )


def broken_off(source: Source, *, organisation: Organisation) -> Sweep | None:
    """Return the last sweep of a source, which broke off, or None where there was none. Raises `NothingToResume`."""
    sweeps = Sweep.objects.filter(organisation=organisation, source=source.name[:1000])
    last = sweeps.order_by("-started_at", "-pk").first()
    if last is not None and last.state == Sweep.State.DONE:
        raise NothingToResume
    return last


def run(sweep: Sweep, source: Source, *, way: Way) -> Sweep:
    """Sweep a source from where the sweep stands to its end. Where it breaks off, it is noted how far it came."""
    with signs_in_force() as (signs, asked):
        sweep.state, sweep.position, sweep.ended_at = Sweep.State.RUNNING, asked.position, None
        if not sweep.cursor:
            sweep.started_at = way.clock()
        sweep.save(update_fields=["state", "position", "started_at", "ended_at"])
        ledger = Ledger(sweep)
        batches = sources.batches(source, after=sweep.cursor, size=way.batch)
        state = Sweep.State.STOPPED
        try:
            for batch, findings in engines.examined(way.engine, Order(signs, way.reach), batches, pace=way.pace):
                if way.keeps is not None:
                    way.keeps.add(findings, asked=asked)
                done = _judged(batch, findings, way=way)
                faults.point("rescan.judged")
                ledger.note(batch, done)
                way.tell(done)
            state = Sweep.State.DONE
        finally:
            ledger.close(state, at=way.clock())
    return sweep


@dataclass
class Ledger:
    """Writes down how far a sweep came: what is counted there lies before its cursor, and nothing else."""

    sweep: Sweep
    _next: int = 0
    _done: dict[int, tuple[Batch, Tally]] = field(default_factory=dict)
    _held: Tally = field(default_factory=Tally)

    def note(self, batch: Batch, tally: Tally) -> None:
        """Take in what came of a batch, and write what is whole up to a cursor."""
        self._done[batch.number] = batch, tally
        while self._next in self._done:
            batch, tally = self._done.pop(self._next)
            self._next += 1
            self._held.add(tally)
            if batch.cursor is not None:
                self._write(batch.cursor)

    def _write(self, cursor: str) -> None:
        sweep, held = self.sweep, self._held
        sweep.cursor = cursor
        sweep.files += held.files
        sweep.size_bytes += held.size_bytes
        sweep.matches += held.matches
        sweep.known_before += held.known_before
        sweep.unreadable = dict(Counter(sweep.unreadable) + held.unreadable)
        sweep.save(update_fields=["cursor", "files", "size_bytes", "matches", "known_before", "unreadable"])
        self._held = Tally()

    def close(self, state: Sweep.State, *, at: datetime) -> None:
        self.sweep.state, self.sweep.ended_at = state, at
        self.sweep.save(update_fields=["state", "ended_at"])


@contextlib.contextmanager
def signs_in_force() -> Iterator[tuple[Signs, Asked]]:
    """Yield a file with every sign that is in force now, for workers to map. It is gone afterwards. Raises `Behind`."""
    shared = index.shared()
    try:
        shared.catch_up()
    except index.Behind:
        keeper.compile_base()  # `leeward index` has not run here yet, and a sweep at night needs no other process.
        shared.catch_up()
    place = seen.folder().parent / "sweep"
    place.mkdir(exist_ok=True, mode=0o700)
    for left in place.iterdir():
        left.unlink()  # Of a sweep that was killed: only one runs at a time.
    path = place / f"{uuid.uuid4().hex}.seg"  # Workers keep open what they know by name.
    position = _copied(shared, path)
    texts = indicators.in_force([Kind.TLSH]).values_list("value", flat=True)
    path.with_suffix(".texts").write_text("\n".join(texts), encoding="ascii")
    try:
        yield Signs(str(path), screening.PDQ_QUALITY, rules.TLSH_WITHIN), Asked(position, sequencer.mark(position))
    finally:
        path.unlink(missing_ok=True)
        path.with_suffix(".texts").unlink(missing_ok=True)


def _copied(shared: index.Index, path: Path) -> int:
    """Give the signs in force a name of their own, under which they stay as they are; return their position."""
    figures = shared.figures()
    if figures is not None and not figures.delta_rows + figures.withdrawn and shared.path.exists():
        # Nothing lies beside the base, so a second name for it is enough, however large it is.
        with contextlib.suppress(OSError):  # Not every file system gives a file two names.
            os.link(shared.path, path)
            if matching.Index.open(path).position >= figures.base_position:
                return shared.position or 0
            path.unlink()
    shared.write(path)
    return shared.position or 0


def _judged(batch: Batch, findings: list[Finding], *, way: Way) -> Tally:
    tally = Tally(files=len(findings), size_bytes=sum(finding.size_bytes for finding in findings))
    for finding in findings:
        if finding.reason:
            tally.unreadable[finding.reason] += 1
        if finding.look is None:
            continue
        is_new = judge(finding.item, finding.look, reach=way.reach, at=way.clock())
        tally.matches += is_new is True
        tally.known_before += is_new is False
    return tally


def judge(item: Item, look: looks.Look, *, reach: Reach, at: datetime) -> bool | None:
    """Write down what a file meets, as if it were uploaded now, and return whether that is new; None: it meets nothing.

    Raises `NotWrittenDown`.
    """
    found = rules.verdicts(screening.hits_of(look))
    if not found:
        return None
    gravest = found[0]
    if _is_noted(item, look, gravest):
        return False
    upload = Upload(
        asked_by=Organisation.objects.get(pk=item.organisation_id),
        item_id=item.item_id,
        data=_bytes(item, look, reach=reach),
        media_type=_media_type(item),
        is_hosted=True,
        uploaded_at=item.uploaded_at,
    )
    screened = screening.judge(look, upload=upload, at=at)
    if screened.answer == Answer.HELD and screened.reason == screening.NOT_READY:
        raise NotWrittenDown
    # A person may have released exactly this file.
    return None if screened.answer == Answer.CLEAR else True


def _is_noted(item: Item, look: looks.Look, gravest: rules.Verdict) -> bool:
    """Say whether exactly this was met before, at upload or by an earlier sweep: it makes no second match and no second case."""
    same = Q(organisation_id=item.organisation_id, sha256=look.digests.sha256, item_id=item.item_id)
    return Match.objects.filter(same, indicator=gravest.sign, answer=gravest.answer).exists()


def _media_type(item: Item) -> str:
    return work.media_type(item.ref) or "application/octet-stream"


def _bytes(item: Item, look: looks.Look, *, reach: Reach) -> bytes | None:
    """Read a file once more, to be sealed as evidence; None where it is long, or no longer what was looked at."""
    if item.place is Place.SEALED:
        return None  # It is sealed already.
    try:
        with reading.opened(item, reach=reach) as source:
            data = source if isinstance(source, bytes) and len(source) <= reading.WHOLE_BYTES else None
    except reading.NotRead:
        return None
    return data if data is not None and _is_same(data, look) else None


def _is_same(data: bytes, look: looks.Look) -> bool:
    return hashing.digests(data).sha256 == look.digests.sha256


@dataclass(frozen=True)
class Asking:
    """What asking new signs came to: how many signs, of how many files, and how many files they point at."""

    signs: int
    files: int
    pointed_at: int


def ask_new_signs(store: Seen, *, start: Callable[[int], Way], at: datetime) -> tuple[Asking, Sweep]:
    """Ask the signs that came since the last time of everything that was seen, and judge the files they point at.

    `start` is told how many files that are and gives the way to look at them. What breaks off, or could not be read this
    time, is tried again next time.
    """
    head = indicators.head()
    until = Asked(head, sequencer.mark(head))
    held = store.index()
    pointed: set[int] = set()
    signs = 0
    for new in newly.new_signs(newly.since(store.asked), until=head):
        pointed |= newly.met(new, store, held)
        signs += new.signs
    pointed |= store.unread()
    candidates = newly.Candidates(store, sorted(pointed))
    way = dataclasses.replace(start(len(pointed)), keeps=newly.Settles(store))
    sweep = begun(candidates, organisation=None, engine="", at=at)
    sweep = run(sweep, candidates, way=way)
    store.all_asked(until)
    return Asking(signs, len(store), len(pointed)), sweep
