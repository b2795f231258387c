"""`leeward dns`: the embedded resolver on the compiled tables. No Django, no database: it answers when those are down."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import signal
import ssl
import sys
import time
from pathlib import Path

import uvloop

from leeward.core.config import Dnsdist, Network, Server
from leeward.core.settings import WrongSetting, read
from leeward.engines import dns
from leeward.site.planes import Planes

_WATCH_S = 1.0


class Certificate:
    """The resolver's certificate, read anew when its file has changed."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain = chain
        self._key = key
        # One for each door, because each door offers protocols of its own.
        self.for_tls, self.for_https = _context(), _context()
        self._seen = self._look()
        try:
            self._load()
        except OSError as error:  # ssl.SSLError is one.
            raise WrongSetting("LEEWARD_DNS_CERTIFICATE and LEEWARD_DNS_KEY must be a chain and its key") from error

    def renew(self) -> None:
        """Take a changed certificate; keep the one in use while the new one is not whole."""
        seen = self._look()
        if seen == self._seen:
            return
        try:
            self._load()
        except OSError:
            return  # Two files are seldom written at once; the next look comes in a second.
        self._seen = seen

    def _load(self) -> None:
        for context in (self.for_tls, self.for_https):
            context.load_cert_chain(self._chain, self._key)

    def _look(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in (self._chain, self._key))
        except OSError:
            return ()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _upstreams(words: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    pairs = []
    for word in words:
        host, _, port = word.rpartition(":") if word.count(":") == 1 else (word, "", "53")
        if not port.isdecimal():
            raise WrongSetting("LEEWARD_DNS_UPSTREAMS must be addresses with ports, such as 192.0.2.53:53")
        pairs.append((host, int(port)))
    return tuple(pairs)


def resolver_of(planes: Planes, *, server: Server, network: Network, ports_a_block: int = 0) -> dns.Resolver:
    """Return a resolver that is not listening yet. Raises `WrongSetting`."""
    try:
        gateways = tuple(ipaddress.ip_network(word) for word in network.dns_gateways)
    except ValueError as error:
        raise WrongSetting("LEEWARD_DNS_GATEWAYS must be networks, such as 192.0.2.0/24") from error
    is_encrypted = bool(network.dns_tls_port or network.dns_https_port)
    if is_encrypted and not network.dns_name:
        raise WrongSetting("LEEWARD_DNS_NAME must be the name in the certificate, such as dns.isp.example")
    announced = dns.Announced(network.dns_name, network.dns_tls_port or None, network.dns_https_port or None)
    return dns.Resolver(
        planes,
        upstreams=_upstreams(network.dns_upstreams),
        page=dns.Page(v4=network.door_v4, contact=f"{server.site_url}/door"),
        announced=announced if is_encrypted else None,
        trusted=gateways,
        device_option=network.dns_device_option if gateways else None,
        told=planes.told,
        ports_a_block=ports_a_block,
    )


async def serve(*, host: str, port: int, data: Path, server: Server, network: Network, parent: int | None) -> None:
    """Answer until a signal comes or the parent is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    planes = Planes(data / "policy.tbl", family=data / "family", counts=data / "counts")
    resolver = resolver_of(planes, server=server, network=network, ports_a_block=_ports_a_block())
    certificate = await _open_encrypted(resolver, host, network)
    await resolver.start(host, port)
    told = None
    while not stop.is_set():
        if parent is not None and os.getppid() != parent:
            break
        await asyncio.to_thread(planes.look)
        await asyncio.to_thread(planes.write_counts, planes.take_counts(), at_s=int(time.time()))
        if certificate is not None:
            certificate.renew()
        if planes.fault != told:
            told = planes.fault
            sys.stderr.write(f"leeward dns: {told or 'the newest tables are in use again'}\n")
        try:
            await asyncio.wait_for(stop.wait(), _WATCH_S)
        except TimeoutError:
            continue
    await resolver.stop()
    planes.close(at_s=int(time.time()))


def _ports_a_block() -> int:
    """Return how many ports a line has where several share an address; 0 where nobody set it, which spares each question a look."""
    return read(Dnsdist, os.environ).dnsdist_ports_a_block if "LEEWARD_DNSDIST_PORTS_A_BLOCK" in os.environ else 0


async def _open_encrypted(resolver: dns.Resolver, host: str, network: Network) -> Certificate | None:
    if not (network.dns_tls_port or network.dns_https_port):
        return None
    certificate = Certificate(network.dns_certificate, network.dns_key)
    if network.dns_tls_port:
        await resolver.start_tls(host, network.dns_tls_port, context=certificate.for_tls)
    if network.dns_https_port:
        await resolver.start_https(host, network.dns_https_port, context=certificate.for_https)
    return certificate


def main(argv: list[str]) -> None:
    """Read the settings and the command line, and serve."""
    try:
        server, network = read(Server, os.environ), read(Network, os.environ)
        parser = argparse.ArgumentParser(prog="leeward dns", description="Answer DNS from the compiled policy.")
        parser.add_argument("--host", default=network.dns_host)
        parser.add_argument("--port", type=int, default=network.dns_port)
        parser.add_argument("--data", type=Path, default=server.data_dir, help="the data folder with policy.tbl")
        parser.add_argument("--parent", type=int, default=None, help="stop when this process is gone")
        options = parser.parse_args(argv)
        work = serve(
            host=options.host,
            port=options.port,
            data=options.data,
            server=server,
            network=network,
            parent=options.parent,
        )
        asyncio.run(work, loop_factory=uvloop.new_event_loop)
    except WrongSetting as wrong:
        sys.exit(f"leeward: {wrong}")
