"""Real BIND and Unbound take our zone, and dnsmasq its options."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from leeward.engines.policy import targets
from leeward.engines.policy.targets import Zone
from tests.stage import machine

APEX = "rpz.provider.example"
CLOSED = [
    "bad.example",
    "line.example",
    "xn--bcher-kva.example",
    "_under.site.example",
    "1-2.3.example",
    "l" * 63 + ".example",
]
NEVER = ["help.line.example"]


def program(name: str, *, install: str) -> Path:
    found = machine.program(name, beside=[Path("/usr/sbin"), Path("/sbin")])
    if found is None:
        machine.missing(name, install=install)
    return found


def run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def zone_file(tmp_path: Path) -> Path:
    """Our zone as a file."""
    path = tmp_path / "rpz.zone"
    rows = targets.rpz(CLOSED, never=NEVER, zone=Zone(APEX, 2026112201)).rows
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


def test_bind_loads_every_row_of_the_zone(zone_file: Path, tmp_path: Path) -> None:
    checker = program("named-checkzone", install="sudo apt-get install bind9-utils (Debian, Ubuntu)")

    said = run([checker, "-i", "none", "-D", "-o", tmp_path / "out.zone", APEX, zone_file])

    assert "loaded serial 2026112201" in said
    written = (tmp_path / "out.zone").read_text().splitlines()
    assert sum("CNAME" in line for line in written) == 2 * (len(CLOSED) + len(NEVER))


def test_bind_refuses_a_zone_with_a_row_that_is_none(zone_file: Path) -> None:
    # So the test above can fail.
    checker = program("named-checkzone", install="sudo apt-get install bind9-utils (Debian, Ubuntu)")
    zone_file.write_text(zone_file.read_text() + "bad..example CNAME .\n")

    with pytest.raises(AssertionError):
        run([checker, "-i", "none", APEX, zone_file])


def test_unbound_takes_a_configuration_with_the_zone(zone_file: Path, tmp_path: Path) -> None:
    checker = program("unbound-checkconf", install="sudo apt-get install unbound (Debian, Ubuntu)")
    conf = tmp_path / "unbound.conf"
    conf.write_text(
        f'server:\n  directory: "{tmp_path}"\n  chroot: ""\n  username: ""\n  module-config: "respip iterator"\n'
        f'  pidfile: "{tmp_path / "pid"}"\nrpz:\n  name: "{APEX}."\n  zonefile: "{zone_file}"\n'
    )

    assert "no errors" in run([checker, conf])


def test_dnsmasq_takes_the_options(tmp_path: Path) -> None:
    dnsmasq = program("dnsmasq", install="sudo apt-get install dnsmasq-base (Debian, Ubuntu)")
    conf = tmp_path / "leeward.conf"
    conf.write_text("".join(f"{row}\n" for row in targets.dnsmasq(CLOSED, never=NEVER)))

    assert "syntax check OK" in run([dnsmasq, "--test", f"--conf-file={conf}"])


def test_the_file_is_the_same_in_every_process() -> None:
    # Sets of strings have another order in each process.
    script = (
        "from leeward.engines.policy import targets; import sys; "
        f"sys.stdout.write(''.join(targets.rpz(set({CLOSED!r}), never=set({NEVER!r}), "
        f"zone=targets.Zone({APEX!r}, 1)).rows))"
    )
    outs = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outs) == 1
