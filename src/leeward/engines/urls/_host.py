"""Give every host one spelling: names in lower-case ASCII, numbers in their usual notation."""

import ipaddress
import re
from typing import Final
from urllib.parse import unquote_to_bytes

import idna

from leeward.engines.urls._refusal import NotAnAddress, Reason

NAME_LENGTH: Final = 253  # Characters of a whole name without the last dot. RFC 1035 section 2.3.4.
LABEL_LENGTH: Final = 63  # Characters between two dots. RFC 1035 section 2.3.4.
ACE: Final = "xn--"  # The prefix of a label that carries other scripts. RFC 5890 section 2.3.2.5.

# Underscores and outer hyphens are not host names by RFC 952, but they resolve, so they can be reported and blocked.
_ASCII_LABEL: Final = re.compile(rf"[a-z0-9_-]{{1,{LABEL_LENGTH}}}")
_OTHER_ASCII: Final = re.compile(r"[\x00-\x2c\x2e\x2f\x3a-\x5e\x60\x7b-\x7f]")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")


def canonical_host(raw: str) -> str:
    """Return the one spelling of a host; an IPv6 number stands in brackets.

    Spellings that browsers understand are understood here too: percent-encoding, full-width characters, a last dot,
    and IPv4 numbers written in decimal, octal, hexadecimal or with fewer than four parts.
    Raises `NotAnAddress` (host). Sources: WHATWG URL Standard, "host parsing"; UTS #46; RFC 5952.
    """
    if raw.startswith("["):
        return _bracketed(raw)
    name = _mapped(raw).removesuffix(".")
    labels = [_label(label) for label in name.split(".")]
    if _NUMBER.fullmatch(labels[-1]):
        return str(_ipv4(labels))
    host = ".".join(labels)
    if len(host) > NAME_LENGTH:
        raise NotAnAddress(Reason.HOST)
    return host


def _mapped(raw: str) -> str:
    """Undo percent-encoding and apply the UTS #46 mapping (case, width, dots of other scripts)."""
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
        return idna.uts46_remap(text, std3_rules=False)
    except UnicodeError as error:  # idna.IDNAError is one of these too.
        raise NotAnAddress(Reason.HOST) from error


def _label(label: str) -> str:
    if label.isascii():
        if not _ASCII_LABEL.fullmatch(label):
            raise NotAnAddress(Reason.HOST)
        return _checked_ace(label) if label.startswith(ACE) else label
    # A label beyond 63 characters cannot fit, and stopping here keeps the quadratic encoder away from long input.
    if len(label) > LABEL_LENGTH or label.startswith(ACE) or _OTHER_ASCII.search(label):
        raise NotAnAddress(Reason.HOST)
    return _checked_ace(ACE + _punycode(label))


def _checked_ace(label: str) -> str:
    """Return an `xn--` label unchanged if it is the one encoding of a mapped label, else refuse it.

    IDNA 2008 is deliberately not enforced here: browsers open names made of emoji, so they must be blockable.
    """
    try:
        decoded = label.removeprefix(ACE).encode("ascii").decode("punycode")
        stable = idna.uts46_remap(decoded, std3_rules=False) == decoded
    except UnicodeError as error:
        raise NotAnAddress(Reason.HOST) from error
    honest = stable and not decoded.isascii() and not decoded.startswith(ACE) and not _OTHER_ASCII.search(decoded)
    if not honest or len(label) > LABEL_LENGTH or ACE + _punycode(decoded) != label:
        raise NotAnAddress(Reason.HOST)
    return label


def _punycode(label: str) -> str:
    return label.encode("punycode").decode("ascii")


def _ipv4(parts: list[str]) -> ipaddress.IPv4Address:
    """Read one to four numbers; the last one fills the bytes that the others leave."""
    if len(parts) > 4:
        raise NotAnAddress(Reason.HOST)
    *heads, last = [_number(part) for part in parts]
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        raise NotAnAddress(Reason.HOST)
    for place, head in enumerate(heads):
        last += head << (8 * (3 - place))
    return ipaddress.IPv4Address(last)


def _number(part: str) -> int:
    if not _NUMBER.fullmatch(part):
        raise NotAnAddress(Reason.HOST)
    try:
        if part.startswith("0x"):
            return int(part[2:] or "0", 16)
        return int(part, 8) if part.startswith("0") else int(part)
    except ValueError as error:  # An 8 or a 9 in an octal number.
        raise NotAnAddress(Reason.HOST) from error


def _bracketed(raw: str) -> str:
    # A zone (`%eth0`) names a cable of the reader's own machine, so it cannot be part of a reported address.
    if not raw.endswith("]") or "%" in raw:
        raise NotAnAddress(Reason.HOST)
    try:
        address = ipaddress.IPv6Address(raw[1:-1])
    except ipaddress.AddressValueError as error:
        raise NotAnAddress(Reason.HOST) from error
    if address.ipv4_mapped:
        # Written out here because Python 3.12 and 3.13 print this one kind differently.
        high, low = divmod(int(address.ipv4_mapped), 1 << 16)
        return f"[::ffff:{high:x}:{low:x}]"
    return f"[{address.compressed}]"
