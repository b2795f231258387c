"""A response policy zone: closed names get NXDOMAIN with all below, names that nobody closes pass.

Source: draft-vixie-dnsop-dns-rpz-00, sections 3.1 and 4.1.1 for the rows; within one zone the longest name decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leeward.engines.policy import _names as names
from leeward.engines.policy.targets._plan import plan

_SERIALS = 2**32  # RFC 1035, 3.3.13: an unsigned 32-bit number.


class NotAZone(ValueError):
    """The zone's name or one of its numbers cannot be written. Choose a name such as `rpz.provider.example`."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone's own name, the serial of this state of it, and how long answers from it are kept.

    `refresh_s` is how often secondaries look for a newer serial. Nobody is delegated to, so the name server is a stand-in.
    """

    name: str
    serial: int
    ttl_s: int = 10
    refresh_s: int = 60

    def __post_init__(self) -> None:
        """Refuse what no zone can have."""
        try:
            names.normalise(self.name)
        except names.NotAHostName as error:
            raise NotAZone(f"zone: {error.reason}; {error.next_step}") from None
        if not 0 <= self.serial < _SERIALS or not 0 <= self.ttl_s < _SERIALS // 2:
            raise NotAZone("serial or ttl_s: out of range; pass unsigned 32-bit and 31-bit numbers")


@dataclass(frozen=True, slots=True)
class Rpz:
    """A zone row by row, and the names that are too long to stand below the zone's own; tell the operator how many."""

    rows: Iterator[str]
    left_out: tuple[str, ...]


def rpz(closed: Iterable[str], *, never: Iterable[str], zone: Zone) -> Rpz:
    """Write a zone with two rows for each name: itself, and a star for all below."""
    wanted = plan(closed, never=never)
    most = names.MAX_NAME_OCTETS - len(names.normalise(zone.name)) - len("*..")
    rows = _rows(wanted.closed, wanted.opened, most=most, zone=zone)
    return Rpz(rows, tuple(name for name in (*wanted.opened, *wanted.closed) if len(name) > most))


def _rows(closed: tuple[str, ...], opened: tuple[str, ...], *, most: int, zone: Zone) -> Iterator[str]:
    apex = names.normalise(zone.name)
    yield f"$ORIGIN {apex}."
    yield f"$TTL {zone.ttl_s}"
    # Retry, expiry and negative answers: a week without news is better than an open network.
    yield f"@ SOA localhost. hostmaster.localhost. {zone.serial} {zone.refresh_s} {zone.refresh_s} 604800 {zone.ttl_s}"
    yield "@ NS localhost."
    for names_of_kind, target in ((opened, "rpz-passthru."), (closed, ".")):
        for name in names_of_kind:
            if len(name) <= most:
                yield f"{name} CNAME {target}"
                yield f"*.{name} CNAME {target}"
