"""The network of a visitor, for counts that neighbours share: an address alone is changed too easily."""

from __future__ import annotations

import ipaddress

# What a neighbour's address has in common with one's own: what access providers give to one customer, or a few.
_V4_PREFIX, _V6_PREFIX = 24, 48


def of(address: str) -> str:
    """Return the network of an address: its /24, or its /48 of IPv6; empty for what is no address, which all share."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped:
        number = number.ipv4_mapped
    prefix = _V4_PREFIX if number.version == 4 else _V6_PREFIX
    return str(ipaddress.ip_network((number, prefix), strict=False))
