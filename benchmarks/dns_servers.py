"""The servers that the benchmarks of filtering compare: dnsdist in three ways, Unbound, BIND and dnsmasq, each on one core.

Each forwards to the same resolver, which answers at once, and is measured from its own warm cache.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
from dns_stage import CATEGORIES, FIRST_ADDRESS, Octets, Words, free_port

from leeward.engines.policy import targets
from leeward.filtering.dnsdist import config
from leeward.filtering.dnsdist.config import Plane

HOST = "127.0.0.1"
STOP_S = 30
LONGEST_S = 240.0
_WIDE = 4_000_000_000  # Octets of a CDB are addressed with 32 bits.


class NotReady(RuntimeError):
    """A server did not answer as it should within the time that is given: look at its log."""


class Server:
    """A program that answers on a port of this machine."""

    def __init__(self, command: Sequence[str], *, port: int, core: int, log: Path) -> None:
        """Start it on its core."""
        self.port = port
        self._log = log.open("wb")
        self.began = time.perf_counter()
        self._process = subprocess.Popen(["taskset", "-c", str(core), *command], stdout=self._log, stderr=self._log)

    def ready(self) -> None:
        """Return when it answers. Raises `NotReady`."""
        question = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\5ready\7example\0\0\1\0\1"
        with socket.socket(type=socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.2)
            while time.perf_counter() < self.began + LONGEST_S:
                try:
                    asker.sendto(question, (HOST, self.port))
                    asker.recv(2048)
                except (TimeoutError, ConnectionRefusedError):
                    continue
                return
        raise NotReady(f"no answer within {LONGEST_S:g} s; look at its log")

    def processor_s(self) -> float:
        """Return the seconds of the processor that all its threads have used."""
        total = 0
        for path in Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # A thread that ended meanwhile.
                total += int(path.read_text().split()[0])
        return total / 1e9

    def memory_mib(self) -> float:
        """Return the memory in use, mapped tables included."""
        line = next(one for one in Path(f"/proc/{self._process.pid}/status").read_text().splitlines() if "VmRSS" in one)
        return int(line.split()[1]) / 1024

    def reload(self) -> None:
        """Tell it to read its files again."""
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=STOP_S)
        self._log.close()


def plane_of(folder: Path, *, name: str, backend: int, filters: bool) -> Plane:
    """Return the settings of one dnsdist."""
    return Plane(
        data_dir=folder,
        folder=folder / name,
        listen=(f"{HOST}:{free_port()}",),
        backends=(f"{HOST}:{backend}",),
        door_v4="192.0.2.1",
        clients=("127.0.0.0/8",),
        cache=400_000,
        filters=filters,
    )


def dnsdist(plane: Plane, *, core: int, more: str = "") -> Server:
    """Start dnsdist as `leeward dnsdist write` describes it, with `more` rules where they are measured in our place."""
    plane.folder.mkdir(parents=True)
    (plane.folder / "policy.lua").write_text(config.script(), encoding="utf-8")
    path = plane.folder / "dnsdist.conf"
    # Answers that live for a minute would be asked for again under way; here all answer from their caches alone.
    text = config.text(plane).replace(f"maxTTL={config.MOST_TTL_S}", "maxTTL=86400")
    path.write_text(text.replace(f"math.min(ttl, {config.MOST_TTL_S})", "86400") + more, encoding="utf-8")
    command = ["dnsdist", "-C", str(path), "--supervised", "--disable-syslog"]
    return Server(command, port=int(plane.listen[0].rpartition(":")[2]), core=core, log=plane.folder / "log")


# What people build with dnsdist's own key-value stores: a mask of each name and of each address, and a line that compares.
_STOCK = """
local names = newCDBKVStore("{names}", 86400)
local addresses = newCDBKVStore("{addresses}", 86400)
addAction(AllRule(), KeyValueStoreLookupAction(names, KeyValueLookupKeySuffix(2), "name"))
addAction(TagRule("name"), KeyValueStoreLookupAction(addresses, KeyValueLookupKeySourceIP(), "asker"))
local ffi, bit = require("ffi"), require("bit")
addAction(TagRule("asker"), LuaFFIAction(function(dq)
  local name = ffi.C.dnsdist_ffi_dnsquestion_get_tag(dq, "name")
  local asker = ffi.C.dnsdist_ffi_dnsquestion_get_tag(dq, "asker")
  if name == nil or asker == nil then return DNSAction.None end
  for at = 0, {letters} - 1 do
    if bit.band(name[at], asker[at], 63) ~= 0 then return DNSAction.Nxdomain end
  end
  return DNSAction.None
end))
"""
_LETTERS = -(-CATEGORIES // 6)


def stock_rules(folder: Path, *, listed: Sequence[str], bits: Sequence[int], masks: Sequence[int]) -> str:
    """Write the stores of dnsdist's own rules, with the same names and masks, and return the rules."""
    names, addresses = folder / "names.cdb", folder / "addresses.cdb"
    write_cdb(names, [_wire(name) for name in listed], [_tag(1 << bit) for bit in bits])
    keys = [(FIRST_ADDRESS + number).to_bytes(4) for number in range(len(masks))]
    write_cdb(addresses, keys, [_tag(mask) for mask in masks])
    return _STOCK.format(names=names, addresses=addresses, letters=_LETTERS)


def _wire(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"


def _tag(mask: int) -> bytes:
    """Return a mask as plain letters, six bits in each, because a tag ends at a zero octet."""
    return bytes(64 | mask >> 6 * place & 63 for place in range(_LETTERS))


@numba.njit(nogil=True)
def _hashes(octets: Octets, starts: Words, found: Words) -> None:
    for number in range(len(found)):
        value = np.uint32(5381)
        for at in range(starts[number], starts[number + 1]):
            value = np.uint32((value << np.uint32(5)) + value) ^ np.uint32(octets[at])
        found[number] = value


def write_cdb(path: Path, keys: list[bytes], values: list[bytes]) -> None:
    """Write a constant database. Source of the format: cr.yp.to/cdb/cdb.txt."""
    joined = np.frombuffer(b"".join(keys), dtype=np.uint8)
    starts = np.concatenate(([0], np.cumsum([len(key) for key in keys]))).astype(np.uint32)
    hashes = np.zeros(len(keys), dtype=np.uint32)
    _hashes(joined, starts, hashes)
    records = [struct.pack("<II", len(key), len(value)) + key + value for key, value in zip(keys, values, strict=True)]
    places = 2048 + np.concatenate(([0], np.cumsum([len(record) for record in records])))
    if places[-1] > _WIDE:
        raise ValueError("too many names for a constant database; measure with fewer")
    heads, tables, at = [], [], int(places[-1])
    for group in range(256):
        members = np.flatnonzero(hashes & 255 == group)
        slots = 2 * len(members)
        table = np.zeros((slots, 2), dtype=np.uint32)
        for member in members.tolist():
            slot = int(hashes[member] >> 8) % slots
            while table[slot, 1]:
                slot = (slot + 1) % slots
            table[slot] = hashes[member], places[member]
        heads.append(struct.pack("<II", at, slots))
        tables.append(table.tobytes())
        at += 8 * slots
    path.write_bytes(b"".join([*heads, *records, *tables]))


@dataclass(frozen=True)
class Peer:
    """Another product with the same names: how it is started, and the file that holds them."""

    name: str
    start: Callable[[], Server]
    names: Path
    row: str  # What closes one more name, with `{name}` in it.
    reloads: bool  # It reads the file again when told to; otherwise it must be started anew.


def peers(folder: Path, *, listed: Sequence[str], backend: int, core: int) -> Iterator[Peer]:
    """Yield the other products that are installed, with `listed` written for them."""
    zone = targets.Zone("rpz.provider.example", serial=1)
    rows = "{name} CNAME .\n*.{name} CNAME .\n"
    if (named := _program("named")) or _program("unbound"):
        path = folder / "rpz.zone"
        path.write_text("\n".join(targets.rpz(listed, never=(), zone=zone).rows) + "\n", encoding="ascii")
    if unbound := _program("unbound"):
        yield Peer("unbound", lambda: _unbound(unbound, folder, path, backend, core), path, rows, reloads=True)
    if named:
        yield Peer("bind", lambda: _bind(named, folder, path, backend, core), path, rows, reloads=True)
    if dnsmasq := _program("dnsmasq"):
        conf = folder / "dnsmasq.names"
        conf.write_text("\n".join(targets.dnsmasq(listed, never=())) + "\n", encoding="ascii")
        yield Peer(
            "dnsmasq", lambda: _dnsmasq(dnsmasq, folder, conf, backend, core), conf, "local=/{name}/\n", reloads=False
        )


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


_UNBOUND = """\
server:
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  do-daemonize: no
  use-syslog: no
  num-threads: 1
  module-config: "respip iterator"
  do-not-query-localhost: no
  msg-cache-size: 256m
  rrset-cache-size: 256m
  do-ip6: no
rpz:
  name: rpz.provider.example
  zonefile: "{zone}"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{backend}
"""


def _unbound(program: str, folder: Path, zone: Path, backend: int, core: int) -> Server:
    port, conf = free_port(), folder / "unbound.conf"
    conf.write_text(_UNBOUND.format(port=port, folder=folder, zone=zone, backend=backend))
    return Server([program, "-d", "-c", str(conf)], port=port, core=core, log=folder / "unbound.log")


_BIND = """\
options {{
  directory "{folder}"; pid-file none; session-keyfile none; managed-keys-directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  allow-query {{ any; }}; recursion yes; allow-recursion {{ any; }};
  forwarders {{ 127.0.0.1 port {backend}; }}; forward only; dnssec-validation no; max-cache-size 1g;
  response-policy {{ zone "rpz.provider.example"; }} qname-wait-recurse no;
}};
controls {{ }};
zone "rpz.provider.example" {{ type primary; file "{zone}"; notify no; allow-query {{ none; }}; }};
"""


def _bind(program: str, folder: Path, zone: Path, backend: int, core: int) -> Server:
    port, conf = free_port(), folder / "named.conf"
    conf.write_text(_BIND.format(port=port, folder=folder, zone=zone, backend=backend))
    return Server([program, "-g", "-n", "1", "-c", str(conf)], port=port, core=core, log=folder / "named.log")


def _dnsmasq(program: str, folder: Path, conf: Path, backend: int, core: int) -> Server:
    port = free_port()
    command = [program, "--keep-in-foreground", "--no-resolv", "--no-hosts", f"--port={port}", "--bind-interfaces"]
    command += [
        f"--listen-address={HOST}",
        f"--server={HOST}#{backend}",
        "--cache-size=10000000",
        "--dns-forward-max=1000",
    ]
    command += [f"--conf-file={conf}", f"--pid-file={folder / 'dnsmasq.pid'}", "--user="]
    return Server(command, port=port, core=core, log=folder / "dnsmasq.log")
