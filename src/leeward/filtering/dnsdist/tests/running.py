"""A real dnsdist on loopback ports, with resolvers behind it that say which of them answered."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from leeward.filtering.dnsdist import plane as dnsdist_plane
from leeward.filtering.dnsdist.config import Plane

HOST = "127.0.0.1"
DOOR = "192.0.2.1"
OPEN_ADDRESS, SAFE_ADDRESS = "192.0.2.80", "192.0.2.90"
START_S = 15.0
INSTALL = "sudo apt-get install dnsdist knot-dnsutils bind9-dnsutils curl dnsperf (Debian, Ubuntu)"


def missing(what: str) -> NoReturn:
    """Skip with a line that says how to install what the test needs; where CI=true, fail with the same line."""
    line = f"{what} is missing on this machine. Install it: {INSTALL}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


def program(name: str) -> str:
    """Return the path of a program that the tests need."""
    return shutil.which(name) or missing(name)


def free_port(host: str = HOST) -> int:
    """Return a port that nobody uses over UDP or TCP."""
    while True:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind((host, 0))
            port: int = stream.getsockname()[1]
            try:
                datagrams.bind((host, port))
            except OSError:
                continue
            return port


class Backend:
    """A resolver that gives every name one address with a long TTL, over UDP and TCP."""

    def __init__(self, address: str) -> None:
        self.port = free_port()
        self.asked: list[str] = []
        self._address = address
        self._datagrams = socket.socket(type=socket.SOCK_DGRAM)
        self._datagrams.bind((HOST, self.port))
        self._streams = socket.create_server((HOST, self.port))
        for serve in (self._serve_datagrams, self._serve_streams):
            threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        for one in (self._datagrams, self._streams):
            # A thread that waits in a socket is woken by shutdown only.
            with closing(one):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def _answer(self, octets: bytes) -> bytes:
        query = dns.message.from_wire(octets)
        answer = dns.message.make_response(query, recursion_available=True)
        if query.question:
            question = query.question[0]
            self.asked.append(question.name.to_text(omit_final_dot=True).lower())
            if question.rdtype == 1:
                answer.answer.append(dns.rrset.from_text(question.name, 3600, "IN", "A", self._address))
        return answer.to_wire()

    def _serve_datagrams(self) -> None:
        while True:
            try:
                octets, client = self._datagrams.recvfrom(4096)
            except OSError:
                return
            if not octets:
                return
            self._datagrams.sendto(self._answer(octets), client)

    def _serve_streams(self) -> None:
        while True:
            try:
                stream, _ = self._streams.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_stream, args=(stream,), daemon=True).start()

    def _serve_stream(self, stream: socket.socket) -> None:
        with stream, stream.makefile("rwb") as file:
            while (head := file.read(2)) and len(head) == 2:
                answer = self._answer(file.read(int.from_bytes(head)))
                file.write(len(answer).to_bytes(2) + answer)
                file.flush()


@dataclass(frozen=True)
class Answered:
    """What came back: the code in words, the addresses, the longest TTL, and the codes of RFC 8914."""

    rcode: str
    addresses: tuple[str, ...]
    ttl_s: int
    codes: tuple[int, ...]


@dataclass
class Running:
    """A dnsdist that answers."""

    plane: Plane
    port: int
    backend: Backend
    safe: Backend
    process: subprocess.Popen[bytes]

    def message(self, name: str, *, source: str = HOST, type: str = "A", edns: bool = True) -> dns.message.Message:
        """Ask over UDP from an address of this machine and return the whole answer."""
        query = dns.message.make_query(name, type, use_edns=0 if edns else None)
        return dns.query.udp(query, "::1" if ":" in source else HOST, timeout=5, port=self.port, source=source)

    def ask(self, name: str, *, source: str = HOST, type: str = "A") -> Answered:
        """Ask over UDP from an address of this machine."""
        return read(self.message(name, source=source, type=type))

    def over_tcp(self, name: str, *, source: str = HOST) -> Answered:
        """Ask over TCP."""
        query = dns.message.make_query(name, "A", use_edns=0)
        return read(dns.query.tcp(query, HOST, timeout=5, port=self.port, source=source))


def read(answer: dns.message.Message) -> Answered:
    """Read what the tests look at."""
    sections = [*answer.answer, *answer.authority]
    return Answered(
        rcode=dns.rcode.to_text(answer.rcode()),
        addresses=tuple(str(record) for rrset in answer.answer for record in rrset if rrset.rdtype in (1, 28)),
        ttl_s=max((rrset.ttl for rrset in sections), default=0),
        codes=tuple(int(error.code) for error in answer.extended_errors()),
    )


@contextmanager
def running(
    plane: Plane, *, script: str | None = None, address: str = OPEN_ADDRESS, door: str = DOOR
) -> Iterator[Running]:
    """Run dnsdist with a plane's configuration; its addresses are filled in here. `script` replaces the shipped one.

    Open names have `address`, closed ones `door`.
    """
    binary = program("dnsdist")
    port, backend, safe = free_port(), Backend(address), Backend(SAFE_ADDRESS)
    plane = replace(
        plane,
        listen=(f"{HOST}:{port}", f"[::1]:{port}"),
        backends=(f"{HOST}:{backend.port}",),
        safe_backends=(f"{HOST}:{safe.port}",),
        door_v4=door,
    )
    plane.folder.mkdir(parents=True, exist_ok=True)
    path = dnsdist_plane.write(plane)
    if script is not None:
        (plane.folder / "policy.lua").write_text(script, encoding="utf-8")
    log = (plane.folder / "dnsdist.log").open("wb")
    process = subprocess.Popen([binary, "-C", str(path), "--supervised", "--disable-syslog"], stdout=log, stderr=log)
    try:
        running = Running(plane, port, backend, safe, process)
        _wait_until_it_answers(running)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=10)
        log.close()
        backend.close()
        safe.close()


def _wait_until_it_answers(running: Running) -> None:
    query = dns.message.make_query("start.example", "A")
    with socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.1)
        for _ in range(int(START_S / 0.1)):
            if running.process.poll() is not None:
                break
            try:
                asker.sendto(query.to_wire(), (HOST, running.port))
                asker.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                continue
            return
    log = (running.plane.folder / "dnsdist.log").read_text(encoding="utf-8", errors="replace")
    pytest.fail(f"dnsdist does not answer:\n{log}", pytrace=False)
