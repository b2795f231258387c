"""What the resolver decides by: the global plane for everybody, and the family plane for whoever has a profile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leeward.engines import dns, policy
from leeward.engines.policy import counted

if TYPE_CHECKING:
    from leeward.engines.policy.mapped import Family

_ROOT: Final = b"\0"  # A name that no list can hold: asked for, it tells whether there is a profile and nothing else.
_NOBODY: Final = b"4\0\0\0\0"
_MOST_NAMES: Final = 65_536
_AGAIN_S: Final = 5  # A name's verdict in the global plane is looked up anew after so long, whatever the position says.

_LAW: Final = dns.Ruling(dns.Way.CLOSED, 16, "The law keeps this away from everybody.")
_OPERATOR: Final = dns.Ruling(dns.Way.CLOSED, 15, "The provider keeps this away from everybody.")
_CHILD: Final = dns.Ruling(dns.Way.OPEN, is_child=True)
_WHY: Final = {
    "pause": "The internet is paused.",
    "bedtime": "It is bedtime.",
    "own closed": "The family keeps this away.",
    "homework": "It is homework time.",
    "category": "The family keeps this away.",
}
_SAFE: Final = dns.Ruling(dns.Way.SAFE, is_child=True)  # Its name is found for each question.
_BY_LAW: Final = counted.Key(counted.EVERYBODY, counted.RULES_FROM + 1)
_BY_OPERATOR: Final = counted.Key(counted.EVERYBODY, counted.RULES_FROM + 2)
_RULE: Final = 0xFF  # Of a code of the family plane; above it are the marks of safe search.
_FOR_NOBODY: Final = frozenset({"never", "law", "operator", "stranger"})


class Planes:
    """Both planes; one that is open and broken later keeps its last good tables.

    Before there is a global table nothing can be decided. Without a folder of the family plane there are no families
    yet; a folder whose tables cannot be read is a fault, and nothing is decided until they can.
    """

    def __init__(self, table: Path, *, family: Path, counts: Path | None = None) -> None:
        """Look for the table of the global plane and the folder of the family plane.

        `counts` is the folder for what was closed, counted; without one, nothing is.
        """
        self._world = _World(table)
        self._counts = None if counts is None else counted.Counts(counts)
        self._folder = family
        self._family: Family | None = None
        self._unread: str | None = None
        self._rulings: list[dns.Ruling] = []
        self._safe: dict[str, dns.Ruling] = {}
        self._stranger = self._never = -1
        self.look()

    @property
    def fault(self) -> str | None:
        """Why the tables that lie there now are not those in use, or None."""
        return self._world.fault or self._unread or (self._family.fault if self._family else None)

    def look(self) -> None:
        """Open the family plane if it has come; call this every second. The first time takes seconds: it compiles."""
        if self._family is not None or not self._folder.is_dir():
            return
        # It brings a compiler, whose memory and seconds a network without families need not spend.
        from leeward.engines.policy import mapped

        try:
            family = mapped.Family.open(self._folder)
        except policy.BadTable as error:
            self._unread = str(error)
            return
        rules = [str(rule) for rule in mapped.RULES]
        self._rulings = [_ruling(rule) for rule in rules]
        self._stranger, self._never = rules.index("stranger"), rules.index("never")
        family.decide_wire(_ROOT, 0, _NOBODY, 0)
        family.decide_batch([_ROOT], [_NOBODY], 0)
        self._family, self._unread = family, None

    def knows(self, who: bytes) -> bool:
        """Tell whether the identity belongs to a profile."""
        return self._family is not None and self._family.decide_wire(_ROOT, 0, who, 0) != self._stranger

    def decide(self, wire: bytes, who: bytes, at_s: int) -> dns.Ruling:
        """Return the ruling by the precedence table: NEVER, then the world, then the family."""
        if self._family is None:
            if self._unread is not None:
                raise dns.PolicyNotReady(self._unread)
            return self._world.decide(wire, at_s) or dns.OPEN
        code = self._family.decide_wire(wire, 0, who, at_s)
        closed = None if code == self._never else self._world.decide(wire, at_s)
        ruling = self._together(code, closed, wire)
        if ruling is None:
            raise dns.PolicyNotReady("the name cannot be looked up; it is answered SERVFAIL")
        return ruling

    def decide_batch(self, wires: Sequence[bytes], whos: Sequence[bytes], at_s: int) -> list[dns.Ruling | None]:
        """Return what `decide` does for each name and identity; None where it raises."""
        if self._family is None:
            return [self.decide(wire, who, at_s) for wire, who in zip(wires, whos, strict=True)]
        codes = self._family.decide_batch(wires, whos, at_s)
        try:
            closed = self._world.decide_batch(wires, at_s)
        except dns.PolicyNotReady:
            return [dns.OPEN if code == self._never else None for code in codes]
        return list(map(self._together, codes, closed, wires))

    def _together(self, code: int, closed: dns.Ruling | None, wire: bytes) -> dns.Ruling | None:
        """Return the ruling by the precedence table, or None where there is none. The world's may be that it is `closed`."""
        if code == self._never:
            return dns.OPEN
        if closed is not None:
            return closed
        if code < 0:
            return None
        ruling = self._rulings[code & _RULE]
        return ruling if ruling is not _SAFE else self._safe_form(wire)

    def told(self, ruling: dns.Ruling, wire: bytes, who: bytes, at_s: int) -> None:
        """Count an answer that was closed or safe."""
        if self._counts is None:
            return
        if not ruling.is_child:
            self._counts.add(_BY_LAW if ruling is _LAW else _BY_OPERATOR)
        elif self._family is not None and (found := self._family.counted_as(wire, 0, who, at_s)) is not None:
            key, shows_names = found
            self._counts.add(key)
            if shows_names:
                self._counts.add(key._replace(name=_name_in(wire)))

    def take_counts(self) -> counted.Taken:
        """Return what was counted since the last call, for `write_counts`; call this where the answers are given."""
        return counted.Taken() if self._counts is None else self._counts.take()

    def write_counts(self, taken: counted.Taken, *, at_s: int) -> None:
        """Bring counts into the files of the present period; this may take milliseconds."""
        if self._counts is not None:
            self._counts.write(taken, at_s=at_s)

    def close(self, *, at_s: int) -> None:
        """Write the last counts."""
        if self._counts is not None:
            self._counts.close(at_s=at_s)

    def _safe_form(self, wire: bytes) -> dns.Ruling:
        from leeward.engines.policy.family import safe_name  # As above.

        name = dns.name_of(wire.lower())
        target = safe_name(name)
        if target is None:
            return _CHILD
        return self._safe.setdefault(target, dns.Ruling(dns.Way.SAFE, safe_name=target, is_child=True))


class _World:
    """The global plane, with the names that were asked for a moment ago."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: policy.Reader | None = None
        self._known: dict[bytes, dns.Ruling | None] = {}
        self._position = self._until_s = 0

    @property
    def fault(self) -> str | None:
        return self._reader.fault if self._reader else None

    def decide(self, wire: bytes, at_s: int) -> dns.Ruling | None:
        """Return the ruling on what nobody may reach, or None. Raises `PolicyNotReady` while there is no table."""
        self._look(at_s)
        return self._of(wire)

    def decide_batch(self, wires: Sequence[bytes], at_s: int) -> list[dns.Ruling | None]:
        """Return what `decide` does for each name. Raises `PolicyNotReady` while there is no table."""
        self._look(at_s)
        known = self._known
        return [known[wire] if wire in known else self._of(wire) for wire in wires]

    def _look(self, at_s: int) -> None:
        """Forget what may have changed. Raises `PolicyNotReady` while there is no table."""
        reader = self._reader or self._opened()
        position = reader.position
        if position != self._position or at_s >= self._until_s or len(self._known) >= _MOST_NAMES:
            self._known.clear()
            self._position, self._until_s = position, at_s + _AGAIN_S

    def _of(self, wire: bytes) -> dns.Ruling | None:
        try:
            return self._known[wire]
        except KeyError:
            verdict = (self._reader or self._opened()).decide(dns.name_of(wire.lower()))
            found = (_LAW if verdict.reason is policy.Reason.censored else _OPERATOR) if verdict.blocked else None
            self._known[wire] = found
            return found

    def _opened(self) -> policy.Reader:
        try:
            self._reader = policy.Reader.open(self._path)
        except (policy.TableMissing, policy.BadTable) as error:
            raise dns.PolicyNotReady from error
        return self._reader


def _ruling(rule: str) -> dns.Ruling:
    if rule in _WHY:
        return dns.Ruling(dns.Way.CLOSED, 17, _WHY[rule], is_child=True)
    if rule == "safe":
        return _SAFE
    return dns.OPEN if rule in _FOR_NOBODY else _CHILD


def _name_in(wire: bytes) -> bytes:
    """Return the name at the start of `wire` in lower case, without its closing zero octet."""
    end = 0
    while wire[end]:
        end += 1 + wire[end]
    return wire[:end].lower()
