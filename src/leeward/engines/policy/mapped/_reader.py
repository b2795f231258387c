"""Readers of the family plane: any number, in any process."""

import mmap
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self, cast

import numpy as np

from leeward.engines.policy import counted
from leeward.engines.policy._entries import Reason
from leeward.engines.policy._files import Control
from leeward.engines.policy._table import BadTable
from leeward.engines.policy.family.decide import World
from leeward.engines.policy.family.values import NEVER, Decision, Rule

from . import _hot, _keys, _profiles
from ._layout import (
    BAKED_UNTIL,
    BEDTIME_MAP,
    EXTRA,
    FLAGS,
    FOREVER,
    HAS_OWNS,
    HAS_WINDOWS,
    HOMEWORK_MAP,
    PAUSED,
    QUARTER_S,
    RECORDS_AT,
    WEEK_QUARTERS,
    Kind,
    Words,
    control_base,
    map_file,
    words_of,
)

RULES: Final = tuple(Rule)  # What `decide_wire` returns is a place in this.
# Where the name itself was the reason. In a pause or at bedtime everything is closed, whatever a device asks by itself.
_NAMED: Final = frozenset({counted.RULES_FROM + _hot.OWN_CLOSED, counted.RULES_FROM + _hot.HOMEWORK})
_MAP_WORDS: Final = 21


class BadWire(ValueError):
    """The octets are no name as it stands in a question: cut off, with a pointer, or too long. Answer FORMERR."""


@dataclass(frozen=True, slots=True)
class _Maps:
    """The four tables as one question uses them."""

    names: Words
    profiles: Words
    owns: Words
    who: Words


class Family:
    """Answer from the newest good tables in a folder.

    `fault` tells why a file that lies there now is not in use, or is None: readiness pages show it. Safe to ask from
    several threads: a question keeps the tables it began with, and is asked anew when they changed meanwhile.
    """

    def __init__(self, folder: pathlib.Path, *, world: World | None = None) -> None:
        """Map the tables in `folder`. Use `open`."""
        self._folder = folder
        self._world = world
        control = Control.open(control_base(folder), access=mmap.ACCESS_READ)
        if control is None:
            raise BadTable("tables.control: there is no usable one; write the family's tables first")
        self._control = control
        self._seen = control.generation
        self._maps = _Maps(*(_mapped(folder, kind) for kind in (Kind.NAMES, Kind.PROFILES, Kind.OWNS, Kind.WHO)))
        self.fault: str | None = None

    @classmethod
    def open(cls, folder: pathlib.Path, *, world: World | None = None) -> Self:
        """Map the tables in `folder`; `world` knows what nobody may reach. Raises `TableMissing` or `BadTable`."""
        return cls(folder, world=world)

    def decide_wire(self, packet: bytes, name_at: int, who: bytes, at_s: int) -> int:
        """Return the place in `RULES` of the rule for the name that begins at an octet of `packet`, asked by `who`.

        The family's own tables alone: the caller asks the world. Where the rule is SAFE, bits 8-11 are the marks of safe
        search that decided (1 for the first family). -1 for what is no uncompressed name.
        """
        while True:
            maps = self._newest()
            code: int = _hot.code_of(maps.names, maps.profiles, maps.owns, maps.who, packet, name_at, who, at_s)
            # A profile that is newer than the tables that were mapped may need the newer ones.
            if self._control.generation == self._seen:
                return code

    def decide_batch(self, wires: Sequence[bytes], whos: Sequence[bytes], at_s: int) -> list[int]:
        """Return what `decide_wire` does for the name at the start of each of `wires`, asked by the identity in its place.

        Together they cost a fraction of what they cost one by one, where there are more than a few.
        """
        parts = (*wires, *whos)
        octets = np.frombuffer(b"".join(parts), dtype=np.uint8)
        lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
        while True:
            maps = self._newest()
            codes = _hot.codes_of(maps.names, maps.profiles, maps.owns, maps.who, octets, lengths, at_s)
            if self._control.generation == self._seen:
                return cast(list[int], codes.tolist())

    def counted_as(self, packet: bytes, name_at: int, who: bytes, at_s: int) -> tuple[counted.Key, bool] | None:
        """Return under what a closed or safe answer of `decide_wire` is counted, and whether its name is kept.

        None where the answer would be open by now, or another one. The key has no name.
        """
        maps = self._newest()
        code: int = _hot.counted_of(maps.names, maps.profiles, maps.owns, maps.who, packet, name_at, who, at_s)
        if code < 0:
            return None
        key = counted.Key(code >> 9, code & 0xFF)
        return key, bool(code & 0x100) and (key.kind < counted.RULES_FROM or key.kind in _NAMED)

    def decide(self, name: str | bytes, who: bytes, at_s: int) -> Decision:
        """Return what `family.decide` returns for the profile of `who`; `name` is text, or a name on the wire.

        `until` is left out where it lies after the seven days for which the profile's windows are baked. Raises
        `BadWire` for octets that are no name.
        """
        wire = _wire(name)
        while True:
            maps = self._newest()
            row = int(_hot.row_of(maps.who, who))
            decision = _decision(maps, row, wire, at_s)
            decision = replace(decision, until=_until(maps, row, wire, at_s, decision))
            if self._control.generation == self._seen:
                break
        return decision if decision.rule is Rule.NEVER else self._of_world(name, decision)

    def marks_of(self, name: str | bytes) -> tuple[int, str]:
        """Return the marks of a name together and the longest listed name that covers it, as `Listing` promises."""
        wire = _wire(name)
        starts, keys = np.zeros(128, dtype=np.int64), np.zeros(128, dtype=np.int64)
        lowered, marks = np.zeros(256, dtype=np.uint8), np.zeros(4, dtype=np.int64)
        labels = _hot.name_keys(wire, 0, starts, keys, lowered)
        if labels < 0:
            raise BadWire("name: it is cut off, has a pointer or is too long; answer that the question is malformed")
        longest = _hot.marks_of(self._newest().names, labels, starts, keys, lowered, marks)
        listed = _keys.name_at(wire[int(starts[longest]) :].lower()) if longest >= 0 else ""
        return sum(int(word) << 32 * place for place, word in enumerate(marks)), listed

    def baked_until(self) -> datetime | None:
        """Return the first moment at which the windows of some profile are no longer true; None where none has any.

        Put that profile again before it comes. Until then a window goes on as it was a week before.
        """
        untils = _profiles.with_windows(self._newest().profiles, BAKED_UNTIL)[0]
        return _profiles.moment(int(untils.min())) if untils.size else None

    def _of_world(self, name: str | bytes, decision: Decision) -> Decision:
        if self._world is None:
            return decision
        verdict = self._world.decide(name if isinstance(name, str) else _keys.name_at(name.lower()))
        if not verdict.blocked:
            return decision
        return Decision(Rule.LAW if verdict.reason is Reason.censored else Rule.OPERATOR, name=verdict.name)

    def _newest(self) -> _Maps:
        if self._control.generation != self._seen:
            self._follow()
        return self._maps

    def _follow(self) -> None:
        """Take the files that now lie in the folder, where they are good; otherwise keep the last good ones."""
        self._seen = self._control.generation
        try:
            self._maps = _Maps(
                *(_mapped(self._folder, kind) for kind in (Kind.NAMES, Kind.PROFILES, Kind.OWNS, Kind.WHO))
            )
        except BadTable as error:
            self.fault = str(error)
            return
        self.fault = None


def _mapped(folder: pathlib.Path, kind: Kind) -> Words:
    return words_of(map_file(folder, kind=kind, access=mmap.ACCESS_READ))


def _wire(name: str | bytes) -> bytes:
    return _keys.asked_wire(name) if isinstance(name, str) else name


def _decision(maps: _Maps, row: int, wire: bytes, at_s: int) -> Decision:
    rule, first, *words, _ = _hot.answer(maps.names, maps.profiles, maps.owns, row, wire, 0, at_s)
    if rule == _hot.MALFORMED:
        raise BadWire("name: it is cut off, has a pointer or is too long; answer that the question is malformed")
    name = _keys.name_at(wire[first:].lower()) if first >= 0 else ""
    marks = sum(int(word) << 32 * place for place, word in enumerate(words))
    return Decision(RULES[rule], name=name, marks=NEVER if RULES[rule] is Rule.NEVER else marks)


def _until(maps: _Maps, row: int, wire: bytes, at_s: int, now: Decision) -> datetime | None:
    """Return the first moment at which time alone changes the decision, where the tables know it."""
    if now.rule in (Rule.NEVER, Rule.STRANGER):
        return None
    half = _half(maps.profiles, row)
    known_s = half[BAKED_UNTIL] if half[FLAGS] & HAS_WINDOWS else FOREVER
    for later_s in sorted(set(_turns(maps, row, half, wire, at_s))):
        if later_s >= known_s:
            return None
        if _decision(maps, row, wire, later_s) != now:
            return _profiles.moment(later_s)
    return None


def _half(profiles: Words, row: int) -> list[int]:
    base = int(profiles[RECORDS_AT]) * 2 + row * 128
    half: list[int] = profiles[base + 64 * (int(profiles[base]) & 1) :][:64].tolist()
    return half


def _turns(maps: _Maps, row: int, half: list[int], wire: bytes, at_s: int) -> Iterator[int]:
    """Yield the later moments at which something about a profile and a name begins or ends by time alone."""
    yield from (until_s for until_s in (half[PAUSED], half[EXTRA]) if until_s > at_s)
    if half[FLAGS] & HAS_OWNS:
        base = int(maps.profiles[RECORDS_AT]) * 2 + row * 128
        owner = row * 2 + (int(maps.profiles[base]) & 1)
        for tail in _keys.suffix_tails(wire[:-1].lower()):
            record = _hot.find(maps.owns, 3, _keys.own_key(tail, owner=owner), owner, tail, 0, len(tail))
            untils = maps.owns[record + 1 : record + 3].tolist() if record else []
            yield from (until_s for until_s in untils if at_s < until_s < FOREVER)
    for start in (BEDTIME_MAP, HOMEWORK_MAP):
        bits = sum(word << 32 * place for place, word in enumerate(half[start : start + _MAP_WORDS]))
        first = at_s // QUARTER_S
        for quarter in range(first + 1, first + 1 + WEEK_QUARTERS):
            if (bits >> quarter % WEEK_QUARTERS ^ bits >> (quarter - 1) % WEEK_QUARTERS) & 1:
                yield quarter * QUARTER_S
