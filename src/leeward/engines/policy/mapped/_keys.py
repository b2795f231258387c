"""The keys by which names and identities are found."""

import zlib

from leeward.engines.policy import _names

from ._layout import OWNER_FACTOR

MOST_TAIL: int = 254  # Octets of a wire name without its closing zero octet.


class NotListable(ValueError):
    """The name cannot be in a table. Pass it through `policy.normalise`, and name a host of two labels at least."""


def tail_of(name: str) -> bytes:
    """Return a normalised host name in wire form without the closing zero octet. Raises `NotListable`."""
    try:
        labels = name.encode("ascii").lower().split(b".")
    except UnicodeEncodeError:
        raise NotListable("name: it has letters outside ASCII; pass it through policy.normalise") from None
    if len(labels) < 2:
        raise NotListable("name: a name of one label is shared by strangers; name a host below it")
    if not all(0 < len(label) < 64 for label in labels):
        raise NotListable("name: a label is empty or longer than 63 octets; pass it through policy.normalise")
    tail = b"".join(bytes((len(label),)) + label for label in labels)
    if len(tail) > MOST_TAIL:
        raise NotListable("name: longer than 253 octets; pass it through policy.normalise")
    return tail


def asked_wire(name: str) -> bytes:
    """Return the wire form of the part of an asked name that a table can know, without ever refusing.

    A label that no host name can have spoils every suffix that holds it, so only what comes after the last one is left.
    """
    kept: list[bytes] = []
    room = MOST_TAIL
    for label in reversed(_names.asked_labels(name)):
        room -= len(label) + 1
        if not label or room < 0:
            break
        kept.append(bytes((len(label),)) + label)
    return b"".join(reversed(kept)) + b"\0"


def name_at(tail: bytes) -> str:
    """Return the host name whose lower-case wire form, without the closing zero octet, is `tail`."""
    labels, at = [], 0
    while at < len(tail) and tail[at]:
        labels.append(tail[at + 1 : at + 1 + tail[at]])
        at += 1 + tail[at]
    return b".".join(labels).decode("ascii", "backslashreplace")


def key_of(tail: bytes) -> int:
    """Return the checksum of a lower-case tail from the root's end, so that one pass gives the key of every suffix."""
    return zlib.crc32(tail[::-1])


def suffix_tails(tail: bytes) -> list[bytes]:
    """Return the tail and each of its parents of two labels at least, the longest first."""
    starts, at = [], 0
    while at < len(tail):
        starts.append(at)
        at += 1 + tail[at]
    return [tail[start:] for start in starts[:-1]]


def own_key(tail: bytes, *, owner: int) -> int:
    """Return the key of an own name; `owner` is twice the row plus the half of it."""
    return key_of(tail) ^ (owner * OWNER_FACTOR & 0xFFFFFFFF)
