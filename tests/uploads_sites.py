"""The sites of `examples/uploads` as their readers start them: processes of their own, one folder each."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.stage import machine
from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, plain_environment

UPLOADS = Path(__file__).parents[1] / "examples" / "uploads"
PROGRAMS = {"django": "django_site.py", "fastapi": "fastapi_site.py", "wsgi": "wsgi_site.py", "asgi": "asgi_site.py"}
NGINX = "nginx"
NAMES = (*PROGRAMS, NGINX)


@dataclass(frozen=True)
class Site:
    """A started site, and the folders in which it keeps what it was sent."""

    name: str
    base_url: str
    data_dir: Path

    def send_form(self, *files: bytes) -> httpx.Response:
        """Upload files as a page does, in one form."""
        parts = [("file", ("picture.jpg", file, "image/jpeg")) for file in files]
        return httpx.post(f"{self.base_url}/upload", files=parts, data={"title": "A boat"}, timeout=60)

    def send_body(self, data: bytes, *, headers: Mapping[str, str]) -> httpx.Response:
        """Upload a body as it is."""
        return httpx.post(f"{self.base_url}/upload", content=data, headers=dict(headers), timeout=60)

    @property
    def published(self) -> list[bytes]:
        return _files(self.data_dir / "published")

    @property
    def held(self) -> list[bytes]:
        return _files(self.data_dir / "held")

    def empty(self) -> None:
        """Forget what earlier tests have sent."""
        shutil.rmtree(self.data_dir, ignore_errors=True)


def nginx() -> Path | None:
    """Return the path of nginx, which Debian keeps where only root looks."""
    return machine.program(NGINX, beside=[Path("/usr/sbin")])


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


class Sites:
    """Every example, each started when it is first asked for, all pointing to one Leeward."""

    def __init__(self, folder: Path, *, leeward_url: str, key: str) -> None:
        self._folder = folder
        own = {"LEEWARD_URL": leeward_url, "LEEWARD_API_KEY": key, "PYTHONUNBUFFERED": "1"}
        self._env = plain_environment() | own
        self._started: dict[str, Site] = {}
        self._stack = ExitStack()

    def site(self, name: str) -> Site:
        """Return a running site; the one named nginx is nginx, front.py and a plain site behind both."""
        if name not in self._started:
            self._started[name] = self._behind_nginx() if name == NGINX else self._run(name, PROGRAMS[name])
        return self._started[name]

    def close(self) -> None:
        """Stop every process."""
        self._stack.close()

    def _run(self, name: str, program: str, *words: str) -> Site:
        data_dir, port = self._folder / name, free_port()
        data = ["--data", str(data_dir)] if not words else []
        command = [sys.executable, str(UPLOADS / program), "--port", str(port), *data, *words]
        self._start(name, command, port)
        return Site(name, f"http://{LOOPBACK}:{port}", data_dir)

    def _start(self, name: str, command: list[str], port: int) -> None:
        process = Process(name, command, env=self._env, log=self._folder / f"{name}.log")
        self._stack.callback(process.stop)
        process.wait_until(lambda: is_open(port), what=f"{name} answers")

    def _behind_nginx(self) -> Site:
        program = nginx()
        if program is None:
            machine.missing(
                "nginx", install="sudo apt-get install nginx-light (Debian, Ubuntu) or brew install nginx (macOS)"
            )
        plain = self._run("plain", "plain_site.py")
        front = self._run("front", "front.py", "--site", plain.base_url, "--held-path", "/held-uploads")
        port, folder = free_port(), self._folder / "nginx"
        folder.mkdir()
        ports = {"8080": port, "8200": front.base_url.rpartition(":")[2], "8100": plain.base_url.rpartition(":")[2]}
        (folder / "nginx.conf").write_text(_conf(folder, ports))
        owner = "user root; " if os.geteuid() == 0 else ""  # Root's own folder is closed to nginx's usual user.
        globally = f"{owner}daemon off; pid {folder}/nginx.pid;"
        command = [str(program), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", globally]
        self._start(NGINX, command, port)
        return dataclasses.replace(plain, name=NGINX, base_url=f"http://{LOOPBACK}:{port}")


def _conf(folder: Path, ports: Mapping[str, object]) -> str:
    """Return the example's nginx.conf with free ports, and with a folder for what nginx buffers."""
    conf = (UPLOADS / "nginx.conf").read_text(encoding="utf-8")
    for written, free in ports.items():
        assert f"127.0.0.1:{written}" in conf
        conf = conf.replace(f"127.0.0.1:{written}", f"127.0.0.1:{free}")
    buffers = [f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    return conf.replace("http {", "\n".join(["http {", *buffers]), 1)
