"""Names, lines and the programs that answer for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leeward.core.settings import option


@dataclass(frozen=True)
class Network:
    """The embedded resolver and its page."""

    dns_host: str = option("127.0.0.1", unit="address", help="Where the embedded resolver listens.")
    dns_port: int = option(5300, unit="port", help="Port of the embedded resolver, UDP and TCP. 0: off.")
    dns_upstreams: tuple[str, ...] = option(
        (), unit="address:port", help="Resolvers that answer names which are not blocked."
    )
    dns_tls_port: int = option(
        0, unit="port", help="Port of the resolver for DNS over TLS; the usual one is 853. 0: off."
    )
    dns_https_port: int = option(
        0, unit="port", help="Port of the resolver for DNS over HTTPS (HTTP/1.1), on the path /dns-query. 0: off."
    )
    dns_name: str = option(
        "",
        unit="host name",
        help="Name in the resolver's certificate. Devices find its encrypted doors by it, and <token>.<name> is a child's.",
    )
    dns_certificate: Path = option(
        Path(), unit="path", help="Certificate chain of the resolver in PEM; it is read anew when the file changes."
    )
    dns_key: Path = option(Path(), unit="path", help="Key of that certificate in PEM.")
    dns_gateways: tuple[str, ...] = option(
        (), unit="networks", help="Networks of home gateways whose EDNS option names the device behind them."
    )
    dns_device_option: int = option(
        65074, unit="EDNS option", help="The option with the device's id (65074: `add-cpe-id` of dnsmasq)."
    )
    door_v4: str = option(
        "127.0.0.1", unit="IPv4 address", help="Address given for a blocked name: the host with the page that explains."
    )
    counts_days: int = option(
        7, unit="days", help="So long a family sees how often what stayed closed, by day and kind. 1 to 31."
    )
    names_until_band: str = option(
        "middle",
        unit="small, middle or none",
        help="Up to this age guardians may see the names that stayed closed, which the child is told: 6-9, 6-12, nobody.",
    )
    never_block: tuple[str, ...] = option(
        (), unit="host names", help="Names that no list, decision or parent can block, beside Leeward's own."
    )


@dataclass(frozen=True)
class Dnsdist:
    """dnsdist in front of a provider's resolvers, with the resolver's name, certificate and gateways from above."""

    dnsdist_listen: tuple[str, ...] = option(
        ("127.0.0.1:53",), unit="address:port", help="Where dnsdist answers over UDP and TCP."
    )
    dnsdist_dot: tuple[str, ...] = option(
        (), unit="address:port", help="Where dnsdist answers DNS over TLS, such as 192.0.2.1:853. Needs a certificate."
    )
    dnsdist_doh: tuple[str, ...] = option(
        (),
        unit="address:port",
        help="Where dnsdist answers DNS over HTTPS, such as 192.0.2.1:443. Needs a certificate.",
    )
    dnsdist_backends: tuple[str, ...] = option(
        (), unit="address:port", help="Resolvers behind dnsdist that answer what is open."
    )
    dnsdist_safe_backends: tuple[str, ...] = option(
        (),
        unit="address:port",
        help="Resolvers that answer search engines in their safe form. Empty: who has safe search gets no answer there.",
    )
    dnsdist_clients: tuple[str, ...] = option(
        ("127.0.0.0/8", "::1/128"), unit="networks", help="Networks that may ask dnsdist."
    )
    dnsdist_ports_a_block: int = option(
        1024, unit="ports", help="Ports that one line has where many lines share an IPv4 address (CGNAT)."
    )
    dnsdist_threads: int = option(1, unit="threads", help="Threads that answer on each address.")
    dnsdist_cache: int = option(200_000, unit="answers", help="Answers that dnsdist keeps for each pool of resolvers.")


@dataclass(frozen=True)
class Lines:
    """Which of the provider's lines has which address."""

    radius_listen: str = option(
        "", unit="address:port", help="Where RADIUS accounting is taken, such as 192.0.2.1:1813. Empty: nowhere."
    )
    radius_clients: tuple[str, ...] = option(
        (),
        unit="network=path",
        help="Networks of those that may send accounting, each with the file that holds their shared secret.",
    )
    radius_reference: str = option(
        "user-name",
        unit="user-name, class or calling-station-id",
        help="The attribute that holds the reference by which the provider knows a line.",
    )
    line_silent_hours: int = option(
        0,
        unit="h",
        help="A session of which nothing was heard for so long is taken for over. 0: never; only with interim updates.",
    )
