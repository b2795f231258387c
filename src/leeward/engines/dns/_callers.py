"""Who asks: by a token in a DoH path or a TLS name, by the device id that a trusted gateway adds, or by address."""

import functools
import ipaddress
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ._message import Carrier, Query, option_of

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TOKEN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # It must also be a label of a TLS name.
_PREFIX_OCTETS: Final = 8  # A household has a /64 of IPv6 at least, and its devices change the rest.


class Caller(NamedTuple):
    """Where a query came from, and the lower-case token that it showed; empty for none."""

    carrier: Carrier
    address: str
    token: str = ""


class UnknownToken(LookupError):
    """Nobody has this token. Answer REFUSED, so that a device with a mistyped address is not left unprotected."""


class Callers:
    """Find the identity by which the policy knows whoever asks."""

    def __init__(
        self, knows: Callable[[bytes], bool], *, trusted: tuple[Network, ...], device_option: int | None
    ) -> None:
        """Take the policy's `knows`, and the networks whose EDNS option `device_option` is believed."""
        self._knows = knows
        self._device_option = device_option
        self.networks = trusted if device_option is not None else ()

    def may_name_devices(self, address: str) -> bool:
        """Tell whether a query from `address` may carry a device id that is believed. A child could forge one."""
        return bool(self.networks) and _is_in(address, self.networks)

    def who(self, query: Query, caller: Caller) -> bytes:
        """Return the identity. Raises `UnknownToken`."""
        if caller.token:
            who = b"t" + caller.token.encode("ascii")
            if not self._knows(who):
                raise UnknownToken
            return who
        if self._device_option is not None and query.options and self.may_name_devices(caller.address):
            device = option_of(query, self._device_option)
            if device and self._knows(b"e" + device):
                return b"e" + device
        return who_of_address(caller.address)


@functools.lru_cache(maxsize=65_536)
def who_of_address(address: str) -> bytes:
    """Return the identity of an address: the whole of IPv4, the first 64 bits of IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return b"6" + parsed.packed[:_PREFIX_OCTETS]
        parsed = parsed.ipv4_mapped
    return b"4" + parsed.packed


@functools.lru_cache(maxsize=4096)
def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)
