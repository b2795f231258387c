"""BIND, Unbound and PowerDNS with our zone, and dnsmasq with our options, close what was asked, with all below, and no more."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leeward.engines.policy import targets
from leeward.engines.policy.targets import Zone
from leeward.engines.policy.targets.tests.test_real_products import program
from tests.stage import judges
from tests.stage.ports import LOOPBACK, free_port

APEX = "rpz.provider.example"
CLOSED = ["bad.example", "line.example", "deep.down.site.example", "xn--bcher-kva.example"]
NEVER = ["help.line.example"]
ASKED = {
    "bad.example": "NXDOMAIN",
    "www.bad.example": "NXDOMAIN",
    "a.b.c.bad.example": "NXDOMAIN",
    "line.example": "NXDOMAIN",
    "other.line.example": "NXDOMAIN",
    "xn--bcher-kva.example": "NXDOMAIN",
    "x.deep.down.site.example": "NXDOMAIN",
    "help.line.example": "NOERROR",
    "www.help.line.example": "NOERROR",
    "down.site.example": "NOERROR",
    "site.example": "NOERROR",
    "notbad.example": "NOERROR",
    "good.example": "NOERROR",
}


@contextmanager
def world() -> Iterator[int]:
    """Answer every question with one address, as the rest of the world, and yield the port."""
    with socket.socket(type=socket.SOCK_DGRAM) as door:
        door.bind((LOOPBACK, 0))
        door.settimeout(0.2)
        stop = threading.Event()

        def answer() -> None:
            while not stop.is_set():
                try:
                    asked, who = door.recvfrom(4096)
                except TimeoutError:
                    continue
                end = asked.index(b"\0", 12) + 5
                is_address = asked[end - 4 : end] == b"\0\x01\0\x01"
                head = asked[:2] + b"\x85\x80\0\x01" + bytes((0, is_address)) + b"\0\0\0\0"
                rest = b"\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\xc0\x00\x02\x07" if is_address else b""
                door.sendto(head + asked[12:end] + rest, who)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield int(door.getsockname()[1])
        stop.set()
        thread.join()


def bind(folder: Path, port: int, upstream: int) -> list[str]:
    binary = program("named", install="sudo apt-get install bind9 (Debian, Ubuntu)")
    (folder / "named.conf").write_text(f"""
        options {{
          directory "{folder}"; pid-file none; session-keyfile none; managed-keys-directory "{folder}";
          listen-on port {port} {{ {LOOPBACK}; }}; listen-on-v6 {{ none; }}; dnssec-validation no;
          recursion yes; forward only; forwarders port {upstream} {{ {LOOPBACK}; }}; empty-zones-enable no;
          response-policy {{ zone "{APEX}"; }} qname-wait-recurse no;
        }};
        controls {{ }};
        zone "{APEX}" {{ type primary; file "rpz.zone"; allow-query {{ none; }}; }};
    """)
    return [str(binary), "-g", "-n", "1", "-c", str(folder / "named.conf")]


def unbound(folder: Path, port: int, upstream: int) -> list[str]:
    binary = program("unbound", install="sudo apt-get install unbound (Debian, Ubuntu)")
    (folder / "unbound.conf").write_text(f"""
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: {LOOPBACK}@{port}
  do-not-query-localhost: no
  module-config: "respip iterator"
  num-threads: 1
forward-zone:
  name: "."
  forward-addr: {LOOPBACK}@{upstream}
rpz:
  name: "{APEX}."
  zonefile: "{folder / "rpz.zone"}"
""")
    return [str(binary), "-d", "-c", str(folder / "unbound.conf")]


def powerdns(folder: Path, port: int, upstream: int) -> list[str]:
    binary = program("pdns_recursor", install="sudo apt-get install pdns-recursor (Debian, Ubuntu)")
    (folder / "rpz.lua").write_text(f'rpzFile("{folder / "rpz.zone"}", {{policyName="{APEX}"}})\n')
    own = {
        "local-address": LOOPBACK,
        "local-port": port,
        "socket-dir": folder,
        "lua-config-file": folder / "rpz.lua",
        "forward-zones-recurse": f".={LOOPBACK}:{upstream}",
        "dont-query": "",
        "dnssec": "off",
        "hint-file": "no",
        "security-poll-suffix": "",
        "threads": 1,
        "setuid": "",
        "setgid": "",
    }
    (folder / "recursor.conf").write_text("".join(f"{name}={value}\n" for name, value in own.items()))
    return [str(binary), f"--config-dir={folder}", "--daemon=no"]


def dnsmasq(folder: Path, port: int, upstream: int) -> list[str]:
    binary = program("dnsmasq", install="sudo apt-get install dnsmasq-base (Debian, Ubuntu)")
    own = [
        f"port={port}",
        f"listen-address={LOOPBACK}",
        "bind-interfaces",
        "no-resolv",
        "no-hosts",
        "user=",
        "pid-file=",
    ]
    rows = [*own, f"server={LOOPBACK}#{upstream}", *targets.dnsmasq(CLOSED, never=NEVER)]
    (folder / "dnsmasq.conf").write_text("".join(f"{row}\n" for row in rows))
    return [str(binary), "--keep-in-foreground", f"--conf-file={folder / 'dnsmasq.conf'}"]


@pytest.mark.parametrize("product", [bind, unbound, powerdns, dnsmasq], ids=lambda product: product.__name__)
def test_a_real_resolver_closes_what_was_asked_and_nothing_else(
    product: Callable[[Path, int, int], list[str]], tmp_path: Path
) -> None:
    rows = targets.rpz(CLOSED, never=NEVER, zone=Zone(APEX, 7)).rows
    (tmp_path / "rpz.zone").write_text("".join(f"{row}\n" for row in rows))
    port = free_port()

    with world() as upstream, (tmp_path / "said").open("wb") as said:
        command = product(tmp_path, port, upstream)
        running = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            _until_it_answers(running, port, tmp_path / "said")
            found = {name: judges.dig(name, port=port).status for name in ASKED}
        finally:
            running.terminate()
            running.wait(20)

    assert found == ASKED


def _until_it_answers(running: subprocess.Popen[bytes], port: int, said: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running.poll() is None:
        if judges.dig("good.example", port=port, options=("+time=1", "+tries=1")).status == "NOERROR":
            return
    pytest.fail(f"it does not answer:\n{said.read_text(errors='replace')[-2000:]}")
