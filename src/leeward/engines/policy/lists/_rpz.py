"""Response policy zones as text. Source: draft-vixie-dnsop-dns-rpz-00, sections 3 and 4; RFC 1035, section 5 for the text.

Rows that close a name (NXDOMAIN, NODATA, drop) give it, `rpz-passthru.` makes an exception of it, and all other answers and
triggers are left out. Only the row of the SOA may go over several lines, as it does in every zone that people publish.
"""

import re
from collections.abc import Iterator
from typing import Final

from leeward.engines.policy.lists._careful import PLAIN
from leeward.engines.policy.lists._values import NotAboutNames, Refused, Written

_CLOSES: Final = frozenset({".", "*.", "rpz-drop."})
_PASSES: Final = "rpz-passthru."
_OTHER_TRIGGERS: Final = (".rpz-ip", ".rpz-client-ip", ".rpz-nsdname", ".rpz-nsip")
_KNOWN: Final = frozenset({"A", "AAAA", "CNAME", "DNAME", "HTTPS", "MX", "NS", "PTR", "SOA", "SRV", "SVCB", "TXT"})
_TTL_OR_CLASS: Final = re.compile(r"(?:[0-9]+[smhdwSMHDW]?)+|IN", re.IGNORECASE)


class Rpz:
    """The grammar of response policy zones. It remembers the zone's own name and whether the SOA is still open."""

    # Names below `rpz-ip` and its like are numbers and servers in the form of names.
    plain = (
        r"(?:\*\.)?(?!\S*\.rpz-)"
        + PLAIN
        + r"[ \t]{1,8}(?:[0-9]{1,9}[ \t]{1,8})?(?:(?:IN|in)[ \t]{1,8})?CNAME[ \t]{1,8}\.[ \t]?\r?"
    )

    def __init__(self) -> None:
        self._apex, self._origin, self._is_open = "", "", False

    @property
    def is_plain_now(self) -> bool:
        """A name without a dot at its end belongs to the zone itself, unless $ORIGIN says otherwise."""
        return not self._is_open and self._origin == self._apex

    def names(self, line: str) -> Iterator[Written]:
        """Yield the name of a row that is a policy for it."""
        said = line.partition(";")[0].rstrip()
        if self._is_open:
            self._is_open = ")" not in said
            return
        if not said or said.startswith("$"):
            self._directive(said)
            return
        owner, *rest = said.split()
        if said[0] in " \t":
            owner, rest = "", said.split()
        while rest and _TTL_OR_CLASS.fullmatch(rest[0]):
            rest.pop(0)
        kind = rest[0].upper() if rest else ""
        if kind in ("SOA", "NS"):
            self._own(kind, owner, said)
        elif kind == "CNAME" and len(rest) > 1:
            yield self._policy(owner, rest[1].lower())
        else:
            _refuse(kind)

    def _directive(self, said: str) -> None:
        word, *values = said.split() or [""]
        if word.upper() == "$ORIGIN" and values:
            self._origin = values[0].lower().rstrip(".") if values[0].endswith(".") else self._full(values[0])
            self._apex = self._apex or self._origin
        elif word.upper() not in ("", "$TTL"):
            raise Refused(1, "Only $TTL and $ORIGIN are followed; write the rows themselves into the list.")

    def _own(self, kind: str, owner: str, said: str) -> None:
        self._is_open = "(" in said and ")" not in said
        if kind == "SOA" and owner.endswith("."):
            apex = owner.lower().rstrip(".")
            self._origin, self._apex = self._origin or apex, apex

    def _full(self, owner: str) -> str:
        owner = owner.lower()
        if owner == "@":
            return self._origin
        if owner.endswith("."):
            return owner.rstrip(".")
        return f"{owner}.{self._origin}" if self._origin else owner

    def _policy(self, owner: str, target: str) -> Written:
        if not owner:
            raise Refused(1, "The row does not begin with a name; write the name again.")
        if target not in _CLOSES and target != _PASSES:
            raise NotAboutNames(
                1, "The row gives an answer of its own instead of closing the name, so it was left out."
            )
        full = self._full(owner)
        if full != self._apex and self._apex:
            if not full.endswith(f".{self._apex}"):
                raise Refused(
                    1, "The name lies outside the zone; write it without a dot at its end, or below the zone."
                )
            full = full.removesuffix(f".{self._apex}")
        elif full == self._apex or owner.endswith("."):
            raise Refused(
                1, "The row is about the zone itself, or the zone is not named yet; write the name that is meant."
            )
        if f".{full}".endswith(_OTHER_TRIGGERS):
            raise NotAboutNames(1, "The row is about addresses or servers and not about names, so it was left out.")
        return Written(full, 1, resets=target == _PASSES)


def _refuse(kind: str) -> None:
    if kind in _KNOWN and kind != "CNAME":
        raise NotAboutNames(1, "The row gives an answer of its own instead of closing the name, so it was left out.")
    raise Refused(1, "This is no row of a zone; write «name CNAME .» to close a name.")
