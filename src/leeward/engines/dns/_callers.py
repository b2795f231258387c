"""Who asks: by a token in a DoH path or a TLS name, by the device id that a trusted gateway adds, or by address."""

import functools
import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ._message import Carrier, Query, option_of

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TOKEN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # It must also be a label of a TLS name.
_PREFIX_OCTETS: Final = 8  # A household has a /64 of IPv6 at least, and its devices change the rest.
_PORT_OCTETS: Final = 2
_V4_OCTETS: Final = 4
_V4_ASKER: Final = _PORT_OCTETS + _V4_OCTETS
_V4_IN_V6: Final = bytes(10) + b"\xff\xff"  # RFC 4291, 2.5.5.2.


class Caller(NamedTuple):
    """Where a query came from, and the lower-case token that it showed; empty for none. Port 0: nobody knows it."""

    carrier: Carrier
    address: str
    token: str = ""
    port: int = 0


class UnknownToken(LookupError):
    """Nobody has this token. Answer REFUSED, so that a device with a mistyped address is not left unprotected."""


class Callers:
    """Find the identity by which the policy knows whoever asks."""

    def __init__(
        self,
        knows: Callable[[bytes], bool],
        *,
        trusted: tuple[Network, ...],
        device_option: int | None,
        ports_a_block: int = 0,
    ) -> None:
        """Take the policy's `knows`, and the networks whose EDNS option `device_option` is believed.

        `ports_a_block` is how many ports one line has where many share an IPv4 address; 0: none do, and nobody is asked.
        """
        self._knows = knows
        self._ports_a_block = ports_a_block
        self._device_option = device_option
        self.networks = trusted if device_option is not None else ()

    def may_name_devices(self, address: str) -> bool:
        """Tell whether a query from `address` may carry a device id that is believed. A child could forge one."""
        return bool(self.networks) and _is_in(_packed(address), self.networks)

    def asker_may_name_devices(self, asker: bytes) -> bool:
        """Tell the same about a port and an address in network order."""
        return bool(self.networks) and _is_in(asker[_PORT_OCTETS:], self.networks)

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
        return self._by_line(who_of_address(caller.address), caller.port)

    def by_lines(self, askers: Sequence[bytes]) -> list[bytes]:
        """Return the identity of each asker, a port and an address in network order."""
        whos = [b"4" + asker[2:] if len(asker) == _V4_ASKER else _who_of(asker[2:]) for asker in askers]
        if not self._ports_a_block:
            return whos
        return [self._by_line(who, int.from_bytes(asker[:2])) for who, asker in zip(whos, askers, strict=True)]

    def _by_line(self, who: bytes, port: int) -> bytes:
        """Return the identity of an address or, where that is nobody's and lines share it, of the block of its port."""
        if not self._ports_a_block or not port or who[:1] != b"4" or self._knows(who):
            return who
        shared = b"p" + who[1:] + (port // self._ports_a_block).to_bytes(2)
        return shared if self._knows(shared) else who


def who_of_address(address: str) -> bytes:
    """Return the identity of an address: the whole of IPv4, the first 64 bits of IPv6."""
    return _who_of(_packed(address))


def asker_of(address: str, port: int) -> bytes:
    """Return the port and the address in network order."""
    return port.to_bytes(_PORT_OCTETS) + _packed(address)


def _packed(address: str) -> bytes:
    """Return the octets of an address. Raises `OSError` for what is none."""
    if ":" in address:
        return socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    return socket.inet_pton(socket.AF_INET, address)


def _who_of(octets: bytes) -> bytes:
    if len(octets) == _V4_OCTETS:
        return b"4" + octets
    return b"4" + octets[12:] if octets.startswith(_V4_IN_V6) else b"6" + octets[:_PREFIX_OCTETS]


@functools.lru_cache(maxsize=4096)
def _is_in(octets: bytes, networks: tuple[Network, ...]) -> bool:
    address = ipaddress.ip_address(octets[12:] if octets.startswith(_V4_IN_V6) else octets)
    return any(address in network for network in networks)
