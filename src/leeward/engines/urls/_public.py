"""Tell addresses on the public internet from addresses inside someone's own network."""

import ipaddress
from enum import StrEnum
from typing import Final

from leeward.engines.urls._address import host_of

# The last labels that never lead to the public internet: RFC 6761 (localhost), RFC 6762 (local and appendix G),
# ICANN resolution 2024.07.29.06 (internal), and `localdomain`, the default of many resolvers.
LOCAL_NAMES: Final = frozenset(
    {"corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private"}
)
HOME_NETWORK: Final = "home.arpa"  # RFC 8375
WITHOUT_DNS: Final = frozenset({"alt", "onion"})  # RFC 9476, RFC 7686: real addresses that no resolver can block.
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")  # RFC 4291 section 2.4: all that IANA hands out.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 number.


class PrivateReason(StrEnum):
    """Why an address is not public."""

    NUMBER = "number"
    LOCAL_NAME = "local_name"
    SINGLE_LABEL = "single_label"


_WORDS: Final = {
    PrivateReason.NUMBER: "the IP number is not one of the public internet",
    PrivateReason.LOCAL_NAME: "the name ends in a word that is kept for local networks",
    PrivateReason.SINGLE_LABEL: "the name has no dot, so it can only be a machine nearby",
}


class PrivateAddress(ValueError):
    """The address leads into a private network. Ask for the public address of the page instead."""

    def __init__(self, reason: PrivateReason) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{_WORDS[self.reason]}; give the public address of the page"


def is_public(url: str) -> bool:
    """Tell whether an address can lead to the public internet. Raises `NotAnAddress`.

    `.example`, `.test` and `.invalid` count as public, so that tests and demonstrations can report them.
    """
    return _why_private(host_of(url)) is None


def refuse_private(url: str) -> None:
    """Raise `PrivateAddress` unless the address can lead to the public internet. Raises `NotAnAddress`."""
    reason = _why_private(host_of(url))
    if reason is not None:
        raise PrivateAddress(reason)


def dns_name_of(url: str) -> str | None:
    """Return the name that a resolver could block, or None for an IP number and for `.onion`. Raises `NotAnAddress`."""
    host = host_of(url)
    return None if _number(host) or host.rpartition(".")[2] in WITHOUT_DNS else host


def _why_private(host: str) -> PrivateReason | None:
    number = _number(host)
    if number:
        return None if _is_global(number) else PrivateReason.NUMBER
    if host.rpartition(".")[2] in LOCAL_NAMES or host == HOME_NETWORK or host.endswith(f".{HOME_NETWORK}"):
        return PrivateReason.LOCAL_NAME
    return None if "." in host else PrivateReason.SINGLE_LABEL


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_global(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(number, ipaddress.IPv4Address):
        return number.is_global and not number.is_multicast
    if number.ipv4_mapped:
        return _is_global(number.ipv4_mapped)
    if number in _NAT64:
        return _is_global(ipaddress.IPv4Address(int(number) & 0xFFFFFFFF))
    if number.sixtofour and not _is_global(number.sixtofour):
        return False
    return number in _GLOBAL_V6 and number.is_global
