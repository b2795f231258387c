"""Which format a list has, by its beginning."""

import re
from typing import Final

from leeward.engines.policy.lists._values import Format

# Magic numbers of what people download by mistake: gzip, zip, xz, bzip2, zstandard, PDF.
_PACKED: Final = (b"\x1f\x8b", b"PK\x03\x04", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd", b"%PDF")
_PAGE: Final = re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
# Asked in this order of each line; the first that fits has it. No order of formats decides: the count of lines does.
_LOOKS: Final = (
    (Format.ADBLOCK, re.compile(rb"(?:@@)?\|\||\[adblock|.*#[@?$%]?#|!", re.IGNORECASE)),
    (Format.DNSMASQ, re.compile(rb"\s*(?:address|local|server)\s*=\s*/")),
    (Format.RPZ, re.compile(rb"\$(?:TTL|ORIGIN)\b|\S*\s+(?:[0-9]+\s+)?(?:IN\s+)?(?:SOA|CNAME|NS)\s", re.IGNORECASE)),
    (
        Format.HOSTS,
        re.compile(rb"\s*(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:]+(?:%\w+)?)\s+\S", re.IGNORECASE),
    ),
    (Format.DOMAINS, re.compile(rb"\s*(?:\*?\.)?[^\s/|=<>@:]+\.[^\s/|=<>@:]+\s*(?:#.*)?$")),
)
_SILENT: Final = re.compile(rb"\s*(?:[#;](?![#@?$%])|$)")


class NotAList(ValueError):
    """The beginning is no list of names. Show the sentence to whoever gave the address."""


def sniff(head: bytes) -> Format:
    """Return the format of a list from its first few kilobytes. Raises `NotAList`."""
    if head.startswith(_PACKED):
        raise NotAList("This is a packed or printed file; give the address of the plain text.")
    if _PAGE.match(head):
        raise NotAList("This is a web page; give the address of the list itself.")
    if b"\0" in head:
        raise NotAList("This is a binary file; give the address of the plain text.")
    lines = [line for line in head.splitlines() if not _SILENT.match(line)]
    counts = dict.fromkeys(Format, 0)
    for line in lines:
        for fitting, look in _LOOKS:
            if look.match(line):
                counts[fitting] += 1
                break
    best = max(counts, key=counts.__getitem__)
    if not counts[best]:
        raise NotAList("No line at its beginning looks like a name or a rule about one; check the address.")
    return best
