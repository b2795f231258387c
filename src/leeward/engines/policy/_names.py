"""What counts as a host name, and which host names must never be kept away."""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import idna
import publicsuffixlist

MAX_NAME_OCTETS: Final = 253  # RFC 1035, 2.3.4: 255 on the wire, less the first length octet and the root.
MAX_LABEL_OCTETS: Final = 63  # RFC 1035, 2.3.4.

# An underscore is no letter of a host name, yet such names resolve and browsers open them, so they must be blockable.
_PLAIN_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")  # RFC 3490, 3.1: the four characters people type as a dot.


class NotAHostName(ValueError):
    """The text is not a host name. Show `place`, `reason` and `next_step` beside the field and ask again."""

    def __init__(self, place: str, reason: str, next_step: str) -> None:
        """Keep the three parts apart; none of them repeats the text itself."""
        super().__init__(f"{place}: {reason}; {next_step}")
        self.place = place
        self.reason = reason
        self.next_step = next_step


class PublicSuffix(ValueError):
    """The name is shared by strangers, like `com` or `co.uk`. Block the one name below it that is meant."""


class NeverBlocked(ValueError):
    """The name, or one above or below it, must always be reachable. Leave it out and tell the operator who asked for it."""


def normalise(name: str) -> str:
    """Return `name` as lower-case A-labels without a trailing dot, or raise `NotAHostName`.

    Source: IDNA 2008 (RFC 5891) with the mapping of UTS 46; an ending in a number is an address (WHATWG URL, 3.5).
    """
    _refuse_unprintable(name)
    labels = _labels(name)
    octets = sum(len(label) + 1 for label in labels) - 1
    if octets > MAX_NAME_OCTETS:
        raise NotAHostName("whole name", f"longer than {MAX_NAME_OCTETS} octets", "shorten it")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        raise NotAHostName("whole name", "it is an address, not a name", "block addresses at the network's edge")
    return ".".join(labels)


def is_public_suffix(name: str) -> bool:
    """Tell whether the normalised `name` is one under which strangers register names.

    Source: publicsuffix.org, both sections; an unknown last label counts as a public suffix.
    """
    return bool(_public_suffixes().is_public(name))


def blockable(name: str, *, never_block: frozenset[str]) -> str:
    """Return `name` normalised if it may be kept away.

    `never_block` holds names that stay reachable with all that is below them; their parents are refused too, because a
    block covers what is below.
    Raises `NotAHostName`, `PublicSuffix` or `NeverBlocked`.
    """
    below = name.removeprefix("*.")
    host = normalise(below)
    if is_public_suffix(host):
        raise PublicSuffix("whole name: it is a public suffix; name the one host below it that is meant")
    if below != name:
        raise NotAHostName("label 1", "a star is not needed", "leave it out; a block covers every name below")
    if is_protected(host, never_block=never_block):
        raise NeverBlocked("whole name: it, or a name above or below it, is on the never-block list; leave it out")
    return host


def is_protected(host: str, *, never_block: frozenset[str]) -> bool:
    """Tell whether a block of the normalised `host` would close a name that stays reachable, or one below such a name."""
    names, above = _protected(never_block)
    return host in above or not names.isdisjoint(suffixes(host))


def wire(name: str) -> bytes:
    """Return a normalised `name` as DNS labels, each after its length, closed by the root."""
    return b"".join(bytes((len(label),)) + label for label in name.encode("ascii").split(b".")) + b"\0"


def of_wire(wire: bytes) -> str:
    """Return the name that `wire` was made of; octets that are no name give a text that equals no name."""
    labels, at = [], 0
    while at < len(wire) and (length := wire[at]):
        labels.append(wire[at + 1 : at + 1 + length])
        at += 1 + length
    return b".".join(labels).decode("ascii", "replace")


def suffixes(name: str) -> Iterator[str]:
    """Yield `name`, then each of its parents, the longest first."""
    while name:
        yield name
        name = name.partition(".")[2]


def asked_labels(name: str) -> list[bytes]:
    """Return the labels of a name that somebody asked for, in lower case, without ever refusing.

    A label that no host name can have becomes empty: it equals nothing in a table, and its parents are still looked at.
    """
    text = name.lower()
    labels = text.encode("ascii").split(b".") if text.isascii() else [*map(_asked_label, _DOTS.split(text))]
    if not labels[-1]:
        labels.pop()
    return [label if len(label) <= MAX_LABEL_OCTETS else b"" for label in labels]


def _asked_label(label: str) -> bytes:
    if label.isascii():
        return label.encode("ascii")
    try:
        return idna.encode(label, uts46=True)
    except (idna.IDNAError, UnicodeError):
        return b""


def _refuse_unprintable(name: str) -> None:
    for column, character in enumerate(name, start=1):
        if character.isspace() or unicodedata.category(character) in {"Cc", "Cs", "Cn"}:
            raise NotAHostName(f"character {column}", "a space or control character", "remove it")


def _labels(name: str) -> list[str]:
    labels = _DOTS.split(name.lower())
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    return [_label(label, place=f"label {number}") for number, label in enumerate(labels, start=1)]


def _label(label: str, *, place: str) -> str:
    if not label:
        raise NotAHostName(place, "it is empty", "write one dot between two labels")
    if _PLAIN_LABEL.fullmatch(label) and not label.startswith("xn--"):
        return label
    if label.isascii() and len(label) > MAX_LABEL_OCTETS:
        raise NotAHostName(place, f"longer than {MAX_LABEL_OCTETS} octets", "shorten it")
    try:
        encoded = idna.encode(label, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        # The library's own message repeats the label, so it is not passed on.
        raise NotAHostName(place, "characters that no host name has", "copy the name from the address bar") from None
    if not _PLAIN_LABEL.fullmatch(encoded):
        raise NotAHostName(place, "characters that no host name has", "copy the name from the address bar")
    return encoded


@functools.cache
def _public_suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList()


@functools.lru_cache(maxsize=8)
def _protected(never_block: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names normalised, and these together with their parents."""
    names = frozenset(map(normalise, never_block))
    return names, frozenset(suffix for name in names for suffix in suffixes(name))
