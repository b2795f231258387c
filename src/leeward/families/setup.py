"""How a family's devices reach the resolver: the ways that the operator has opened, and what to write into a device.

A device shows who asks by its token, in the path of DNS over HTTPS or in the name of DNS over TLS. Whatever takes no such
setting, a television or a console, is known by the line of the home alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from leeward.core import config
from leeward.core.config import Dnsdist, Network
from leeward.families.choices import Kind

HTTPS_PORT: Final = 443  # RFC 8484, section 8.1, by the scheme of its address.
TLS_PORT: Final = 853  # RFC 7858, section 3.1.
DNS_PORT: Final = 53  # RFC 1035, section 4.2.


@dataclass(frozen=True)
class Ways:
    """What the operator has switched on; a port is None where that way is closed."""

    name: str
    """The name in the resolver's certificate; empty where there is no encrypted way."""
    https_port: int | None
    tls_port: int | None
    encrypted_addresses: tuple[str, ...]
    """Addresses under which DNS over HTTPS can be reached, as far as the settings tell."""
    plain_addresses: tuple[str, ...]
    """Addresses that a router can ask over port 53."""

    @property
    def is_open(self) -> bool:
        """True where there is a way for a single device; without one nothing that is set for a device holds."""
        return self.is_for_apple or self.is_for_android

    @property
    def is_for_apple(self) -> bool:
        """True where an Apple device can use a profile: its DNS over TLS knows the usual port only."""
        return self.https_port is not None or self.tls_port == TLS_PORT

    @property
    def is_for_android(self) -> bool:
        """True where Android's Private DNS can be used: it knows the usual port only."""
        return self.tls_port == TLS_PORT

    def https_address(self, token: str) -> str:
        """Return a device's address for DNS over HTTPS, or an empty text where that way is closed."""
        if self.https_port is None:
            return ""
        port = "" if self.https_port == HTTPS_PORT else f":{self.https_port}"
        return f"https://{self.name}{port}/dns-query/{token}"

    def tls_name(self, token: str) -> str:
        """Return a device's name for DNS over TLS, or an empty text where that way is closed."""
        return f"{token}.{self.name}" if self.tls_port is not None else ""


def current() -> Ways:
    """Return the ways that the settings of this installation open."""
    return ways(config.current().network, config.current().dnsdist)


def ways(network: Network, dnsdist: Dnsdist) -> Ways:
    """Return the ways that the settings open; dnsdist stands before the embedded resolver where both offer one."""
    https = [*_places(dnsdist.dnsdist_doh), *_own(network, network.dns_https_port)]
    tls = [*_places(dnsdist.dnsdist_dot), *_own(network, network.dns_tls_port)]
    plain = [*_places(dnsdist.dnsdist_listen), *_own(network, network.dns_port)]
    name = network.dns_name.lower().rstrip(".")
    return Ways(
        name=name if https or tls else "",
        https_port=_port(https, usual=HTTPS_PORT) if name else None,
        tls_port=_port(tls, usual=TLS_PORT) if name else None,
        encrypted_addresses=tuple(_reachable(host for host, _ in https)),
        plain_addresses=tuple(_reachable(host for host, port in plain if port == DNS_PORT)),
    )


def _own(network: Network, port: int) -> list[tuple[str, int]]:
    return [(network.dns_host, port)] if port else []


def _places(listed: Iterable[str]) -> list[tuple[str, int]]:
    # `leeward dnsdist check` names a place that is none; a family's page goes on without it.
    parts = [words.rpartition(":") for words in listed]
    return [(host.removeprefix("[").removesuffix("]"), int(port)) for host, _, port in parts if port.isdecimal()]


def _port(places: list[tuple[str, int]], *, usual: int) -> int | None:
    ports = [port for _, port in places]
    return usual if usual in ports else next(iter(ports), None)


def _reachable(hosts: Iterable[str]) -> Iterable[str]:
    """Yield each address once that another machine can reach: not one of loopback, and not «all addresses»."""
    for host in dict.fromkeys(hosts):
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            continue  # A name, such as localhost: a router asks addresses only.
        if not (address.is_loopback or address.is_unspecified or address.is_link_local):
            yield host


class System(StrEnum):
    """Kinds of devices that are set up alike."""

    APPLE = "apple"
    ANDROID = "android"
    WINDOWS = "windows"
    BROWSER = "browser"
    HOME = "home"


# In this order: televisions and consoles name Android, Windows or Linux as well. An iPad says that it is a Macintosh.
_MARKS: Final = (
    (System.HOME, ("smart-tv", "smarttv", "web0s", "tizen", "bravia", "crkey", "playstation", "xbox", "nintendo")),
    (System.ANDROID, ("android",)),
    (System.APPLE, ("iphone", "ipad", "ipod", "macintosh")),
    (System.WINDOWS, ("windows",)),
    (System.BROWSER, ("linux", "cros", "bsd")),
)


def guessed(user_agent: str) -> System | None:
    """Return what the browser says that it runs on, or None; the page offers all kinds, whatever this says."""
    told = user_agent.lower()
    return next((system for system, marks in _MARKS if any(mark in told for mark in marks)), None)


def of_kind(kind: Kind) -> System | None:
    """Return how devices of a kind are set up, where the kind alone tells."""
    return System.HOME if kind in {Kind.CONSOLE, Kind.TELEVISION, Kind.WATCH} else None
