"""From the settings in force to the files that dnsdist is started with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from leeward.core import config as settings
from leeward.engines.policy import counted
from leeward.filtering.dnsdist import config
from leeward.filtering.dnsdist.config import Plane

CHECK_S: Final = 60
INSTALL: Final = (
    "install it: apt-get install dnsdist (Debian 12 has 1.7.3), or the vendor's packages of 2.x for the internet"
)


class NoDnsdist(RuntimeError):
    """The program is not on this machine. The message says where it comes from."""


class Refused(RuntimeError):
    """dnsdist does not take the configuration. The message is what it said."""


def in_force() -> Plane:
    """Return what the settings in force say. Raises `config.WrongPlane`."""
    server, network, own = settings.current().server, settings.current().network, settings.current().dnsdist
    data_dir = server.data_dir.resolve()
    return Plane(
        data_dir=data_dir,
        folder=data_dir / "dnsdist",
        listen=own.dnsdist_listen,
        backends=own.dnsdist_backends,
        door_v4=network.door_v4,
        dot=own.dnsdist_dot,
        doh=own.dnsdist_doh,
        certificate=_path(network.dns_certificate),
        key=_path(network.dns_key),
        tls_domain=network.dns_name,
        safe_backends=own.dnsdist_safe_backends,
        clients=own.dnsdist_clients,
        trusted=network.dns_gateways,
        edns_option=network.dns_device_option,
        ports_a_block=own.dnsdist_ports_a_block,
        threads=own.dnsdist_threads,
        cache=own.dnsdist_cache,
    )


def write(plane: Plane) -> Path:
    """Put the configuration and the script into the plane's folder, each as a whole, and return the configuration's path.

    The script comes first: a dnsdist that starts between the two has a script that its configuration fits.
    """
    plane.folder.mkdir(parents=True, exist_ok=True)
    counted.make_folder(plane.data_dir / "counts")
    path = plane.folder / "dnsdist.conf"
    for target, words in ((plane.folder / "policy.lua", config.script()), (path, config.text(plane))):
        beside = target.with_name(f".{target.name}.new")
        beside.write_text(words, encoding="utf-8")
        beside.chmod(0o640)  # dnsdist's own user is in our group; nobody else needs to know the networks.
        beside.replace(target)
    return path


def check(path: Path) -> str:
    """Let dnsdist read the configuration and return its version. Raises `NoDnsdist` or `Refused`."""
    binary = shutil.which("dnsdist")
    if binary is None:
        raise NoDnsdist(f"dnsdist is not on this machine; {INSTALL}")
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=CHECK_S, check=False)  # noqa: S603  # found on PATH, no words of anybody else
    checked = subprocess.run(  # noqa: S603  # as above
        [binary, "--check-config", "-C", str(path)], capture_output=True, text=True, timeout=CHECK_S, check=False
    )
    if checked.returncode != 0:
        raise Refused((checked.stderr or checked.stdout).strip())
    return version.stdout.partition("\n")[0]


def _path(path: Path) -> str:
    return "" if path == Path() else str(path.resolve())
