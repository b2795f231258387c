"""`leeward dns`: the embedded resolver on the compiled table. No Django, no database: it answers when those are down."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from leeward.core.config import Network, Server
from leeward.core.settings import WrongSetting, read
from leeward.engines import dns, policy

_WATCH_S = 1.0


class Table:
    """The compiled table, opened when it first appears. Before that nothing can be decided, and the resolver says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: policy.Reader | None = None

    def decide(self, name: str) -> policy.Verdict:
        """Return what the table says of a name; raise `PolicyNotReady` while there is none."""
        if self._reader is None:
            try:
                self._reader = policy.Reader.open(self._path)
            except (policy.TableMissing, policy.BadTable) as error:
                raise dns.PolicyNotReady from error
        return self._reader.decide(name)


def _upstreams(words: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    pairs = []
    for word in words:
        host, _, port = word.rpartition(":") if word.count(":") == 1 else (word, "", "53")
        if not port.isdecimal():
            raise WrongSetting("LEEWARD_DNS_UPSTREAMS must be addresses with ports, such as 192.0.2.53:53")
        pairs.append((host, int(port)))
    return tuple(pairs)


async def serve(*, host: str, port: int, table: Path, network: Network, parent: int | None) -> None:
    """Answer until a signal comes or the parent is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    resolver = dns.Resolver(
        Table(table).decide, upstreams=_upstreams(network.dns_upstreams), page_v4=network.door_v4, page_v6=None
    )
    await resolver.start(host, port)
    while not stop.is_set():
        if parent is not None and os.getppid() != parent:
            break
        try:
            await asyncio.wait_for(stop.wait(), _WATCH_S)
        except TimeoutError:
            continue
    await resolver.stop()


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
        table = options.data / "policy.tbl"
        asyncio.run(serve(host=options.host, port=options.port, table=table, network=network, parent=options.parent))
    except WrongSetting as wrong:
        sys.exit(f"leeward: {wrong}")
