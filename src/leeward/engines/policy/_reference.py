"""The slow, obvious policy that the tables are compared with."""

from ._entries import ALLOWED, Entry, Verdict
from ._names import blockable, normalise, suffixes


class Reference:
    """Keep every entry in one dictionary and walk it for every question."""

    def __init__(self) -> None:
        """Begin with nothing kept away."""
        self._entries: dict[tuple[str, int], Entry] = {}

    def block(self, entry: Entry, *, never_block: frozenset[str]) -> None:
        """Do what `Writer.block` promises."""
        key = blockable(entry.name, never_block=never_block), entry.sign
        if key in self._entries and self._entries[key].reason is entry.reason:
            return
        self._entries.pop(key, None)
        self._entries[key] = entry

    def unblock(self, sign: int) -> int:
        """Do what `Writer.unblock` promises."""
        withdrawn = [key for key in self._entries if key[1] == sign]
        for key in withdrawn:
            del self._entries[key]
        return len(withdrawn)

    def lift(self, never_block: frozenset[str]) -> int:
        """Do what `Writer.lift` promises."""
        open_names = [normalise(name) for name in never_block]
        withdrawn = [
            key
            for key in self._entries
            if any(name in suffixes(key[0]) or key[0] in suffixes(name) for name in open_names)
        ]
        for key in withdrawn:
            del self._entries[key]
        return len(withdrawn)

    def decide(self, name: str) -> Verdict:
        """Do what `Reader.decide` promises, for a host name."""
        for suffix in suffixes(normalise(name)):
            for (blocked, sign), entry in reversed(self._entries.items()):
                if blocked == suffix:
                    return Verdict(blocked=True, name=suffix, reason=entry.reason, sign=sign)
        return ALLOWED
