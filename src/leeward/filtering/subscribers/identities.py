"""By which identities the data planes know a line: addresses, the /64 networks of a prefix, blocks of ports, device ids.

The kinds are those of the mapped tables; see `engines/policy/mapped/FORMAT.md`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final, NamedTuple

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_BLOCKS: Final = 64
PORTS: Final = 65_536
DEVICE_OCTETS_MOST: Final = 254
_NETWORK_BITS: Final = 64
# RIPE-690 (4.2) names /56 and /48 for a home. A /56 has 256 networks; the 65,536 of a /48 would fill the tables.
_SHORTEST: Final = 56


class NotALine(ValueError):
    """This is no address, prefix, range of ports or device id by which a line can be known. Says what and the next step."""


class Identities(NamedTuple):
    """Identities side by side: `span` of them from `first` on. All that can overlap have the same `place`."""

    place: bytes
    first: bytes
    span: int = 1

    def each(self) -> Iterator[bytes]:
        """Yield every identity."""
        if self.span == 1:
            yield self.first
            return
        base, last = self.first[:-1], self.first[-1]
        for step in range(self.span):
            yield base + bytes((last + step,))


def of_network(text: str) -> Identities:
    """Return the identities of an address or a prefix as people write it. Raises `NotALine`."""
    address, slash, bits = text.strip().partition("/")
    try:
        parsed = ipaddress.ip_address(address)
        length = int(bits) if slash and bits.isascii() and bits.isdecimal() else None
    except ValueError:
        raise NotALine("this is no address; write it as 192.0.2.7 or 2001:db8:1::/56") from None
    if slash and length is None:
        raise NotALine("the length of the prefix is no number; write it as 2001:db8:1::/56")
    return of_prefix(parsed, length)


def of_prefix(address: Address, bits: int | None) -> Identities:
    """Return the identities of an address, or of the prefix of `bits` that begins there. Raises `NotALine`."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise NotALine("this is an IPv4 address inside IPv6; write it as IPv4")
    if address.is_unspecified or address.is_loopback or address.is_multicast:
        raise NotALine("no line can have this address; see where it comes from")
    if isinstance(address, ipaddress.IPv4Address):
        if bits not in {None, 32}:
            raise NotALine("a network of IPv4 is no line; give each address by itself")
        return Identities(b"4" + address.packed, b"4" + address.packed)
    return _of_v6(address.packed, 128 if bits is None else bits)


def _of_v6(packed: bytes, bits: int) -> Identities:
    if not _SHORTEST <= bits <= 128:
        raise NotALine("a prefix of a line has 56 bits or more; give each of its parts by itself")
    network = int.from_bytes(packed[:8])
    span = 1 << max(0, _NETWORK_BITS - bits)
    if network % span or (bits < 128 and int.from_bytes(packed) % (1 << (128 - bits))):
        raise NotALine("bits stand behind the length of the prefix; write its first address")
    first = b"6" + packed[:8]
    return Identities(first[:-1], first, span)


def of_ports(text: str, *, address: str, ports_a_block: int) -> list[Identities]:
    """Return the identities of a range of ports such as `2048-4095` of an address. Raises `NotALine`."""
    low, _, high = text.strip().partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 5 for part in (low, high)):
        raise NotALine("this is no range of ports; write it as 2048-4095")
    try:
        shared = ipaddress.IPv4Address(address.strip())
    except ValueError:
        raise NotALine("only an IPv4 address is shared by ports; write it as 192.0.2.7") from None
    return of_blocks(shared, int(low), int(high), ports_a_block=ports_a_block)


def of_blocks(address: ipaddress.IPv4Address, low: int, high: int, *, ports_a_block: int) -> list[Identities]:
    """Return one identity for each block of the ports from `low` to `high`. Raises `NotALine`."""
    if not ports_a_block:
        raise NotALine("ports are not shared here; set LEEWARD_DNSDIST_PORTS_A_BLOCK")
    if not 0 <= low <= high < PORTS or low % ports_a_block or (high + 1) % ports_a_block:
        raise NotALine(f"the range does not begin and end on the border of a block; blocks have {ports_a_block} ports")
    blocks = range(low // ports_a_block, (high + 1) // ports_a_block)
    if len(blocks) > MOST_BLOCKS:
        raise NotALine(f"the range has over {MOST_BLOCKS} blocks; set LEEWARD_DNSDIST_PORTS_A_BLOCK to what a line has")
    of_prefix(address, None)
    return [Identities(identity, identity) for identity in (of_block(address.packed, block) for block in blocks)]


def of_block(address: bytes, block: int) -> bytes:
    """Return the identity of one block of ports of an IPv4 address."""
    return b"p" + address + block.to_bytes(2)


def of_device(text: str) -> Identities:
    """Return the identity of a device id that a gateway adds to a question: text, or `0x` and octets. Raises `NotALine`."""
    written = text.strip()
    try:
        octets = bytes.fromhex(written[2:]) if written[:2] == "0x" else written.encode("ascii")
    except ValueError:
        octets = b""
    if not 0 < len(octets) <= DEVICE_OCTETS_MOST:
        raise NotALine("this is no device id; write its plain letters, or 0x and its octets, such as 0x0a1b2c")
    identity = b"e" + octets
    return Identities(identity, identity)


def candidates(address: str, port: int | None, *, ports_a_block: int) -> list[bytes]:
    """Return the identities under which whoever asks from here may be known, the most exact one first; none for no address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return []
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return [b"6" + parsed.packed[:8]]
        parsed = parsed.ipv4_mapped
    shared = [of_block(parsed.packed, port // ports_a_block)] if port is not None and ports_a_block else []
    # The planes take the whole address first; so must the pages.
    return [b"4" + parsed.packed, *shared]


def place_of(identity: bytes) -> bytes:
    """Return the place of an identity."""
    return identity[:-1] if identity[:1] == b"6" else identity


def written(held: Identities) -> str:
    """Return identities as people write them; a range of ports by the number of its block."""
    kind, octets = held.first[:1], held.first[1:]
    if kind == b"4":
        return str(ipaddress.IPv4Address(octets))
    if kind == b"6":
        bits = _NETWORK_BITS - held.span.bit_length() + 1
        return f"{ipaddress.IPv6Address(octets.ljust(16, b'\0'))}/{bits}"
    if kind == b"p":
        return f"{ipaddress.IPv4Address(octets[:4])} #{int.from_bytes(octets[4:])}"
    return f"0x{octets.hex()}"
