"""What the demo starts: Leeward with all its processes, and an example provider as a process of its own."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.db import connections
from django.utils import timezone

from leeward.core import config, interrupt, machines, webhooks
from leeward.core.models import ApiKey, Membership, Organisation, Role, User
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.site.demo import ages
from leeward.site.demo.folder import CannotStart

PROVIDER = Path(__file__).parents[4] / "examples" / "provider" / "provider.py"
BAD_HOST = "bad.example"
# On a new machine the first start compiles what uploads are compared with.
START_S = 180.0


@dataclass(frozen=True)
class Ports:
    """Where everything listens on this machine."""

    site: int
    provider: int
    dns: int


@dataclass(frozen=True)
class Cast:
    """Who takes part, and the keys that were made for them."""

    password: str
    provider_key: str
    partner_key: str
    webhook_secret: str


# Name, role, home, and what the account is for.
PEOPLE = (
    ("reviewer", Role.REVIEWER, "harbour", "judges cases at the desk"),
    ("second-reviewer", Role.SENIOR_REVIEWER, "harbour", "agrees to what a reviewer proposes, or reverses it"),
    ("parent", Role.GUARDIAN, "harbour", "looks after Robin at the family page"),
    ("counsellor", Role.COUNSELLOR, "quay", "has no seat at the helpline's desk yet: tuul can give one there"),
    ("nara", Role.COUNSELLOR, "quay", "talks with children at the helpline's desk"),
    ("tuul", Role.SUPERVISOR, "quay", "leads the helpline's desk, and makes its key"),
    ("partner", Role.PARTNER, "beacon", "belongs to another hotline: no page opens, its programs ask by TAXII"),
    ("administrator", Role.OPERATOR, "harbour", "runs Leeward: lists, partners, ages, settings"),
)
ORGANISATIONS = (
    ("harbour", "Harbour Photos", Organisation.Kind.PROVIDER),
    ("quay", "Quay Helpline", Organisation.Kind.HELPLINE),
    ("beacon", "Beacon Hotline", Organisation.Kind.HOTLINE),
)


def check_free(ports: Ports) -> None:
    """Refuse to start where somebody else listens already."""
    for name, port in (("site", ports.site), ("provider", ports.provider), ("dns", ports.dns)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CannotStart(
                    f"port {port} is taken. Stop what uses it, or choose another: leeward demo --{name}-port N"
                ) from None


def make_cast(*, provider_url: str) -> Cast:
    """Make the organisations, people, keys and the provider's webhook address."""
    at, password = timezone.now(), "-".join(secrets.token_hex(2) for _ in range(4))
    homes = {slug: Organisation.objects.create(slug=slug, name=name, kind=kind) for slug, name, kind in ORGANISATIONS}
    hashed = User(username="demo")
    hashed.set_password(password)
    for username, role, home, _what_for in PEOPLE:
        user = User.objects.create(username=username, password=hashed.password)
        Membership.objects.create(user=user, organisation=homes[home], role=role)
    scopes = [ApiKey.Scope.SCREEN, ApiKey.Scope.EVIDENCE, ApiKey.Scope.REPORT]
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    webhooks.open_endpoint(homes["harbour"], url=f"{provider_url}/webhooks/leeward", secret=secret)
    partners.take_part(homes["beacon"], at=at, group=Partner.Group.HOTLINES)
    sharing.share_everything(at=at)
    cast = Cast(
        password=password,
        provider_key=machines.make_key(homes["harbour"], scopes=scopes, at=at),
        partner_key=machines.make_key(homes["beacon"], scopes=[ApiKey.Scope.EXCHANGE], at=at),
        webhook_secret=secret,
    )
    connections.close_all()
    return cast


def _started(command: list[str], *, log: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        # A session of its own: Ctrl-C reaches the demo, which stops its children in order.
        return subprocess.Popen(command, stdout=out, stderr=out, env=environ, start_new_session=True)  # noqa: S603


@contextlib.contextmanager
def running(ports: Ports, cast: Cast) -> Iterator[None]:
    """Run the provider and Leeward until the block ends, however it ends."""
    data = config.current().server.data_dir.resolve()
    site_url, environ = f"http://localhost:{ports.site}", dict(os.environ)
    provider_url = f"http://localhost:{ports.provider}"
    provider = [sys.executable, str(PROVIDER), "--port", str(ports.provider), "--leeward", site_url]
    provider += ["--data", str(data / "provider"), "--pages-host", BAD_HOST, "--age-area", ages.AREA]
    secrets_only = {"LEEWARD_API_KEY": cast.provider_key, "LEEWARD_WEBHOOK_SECRET": cast.webhook_secret}
    serve = [sys.executable, "-m", "leeward", "serve", "--no-prepare", "--port", str(ports.site)]
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.append(_started(provider, log=data / "provider.log", environ=environ | secrets_only))
        example = {
            "LEEWARD_EXAMPLE_PROVIDER": provider_url,
            "LEEWARD_EMERGENCY_NUMBER": "112",
            "LEEWARD_DNS_PORT": str(ports.dns),
        }
        children.append(_started(serve, log=data / "leeward.log", environ=environ | example))
        wait_until(lambda: _answers(f"{site_url}/health/ready"), children, data, what="Leeward")
        wait_until(lambda: _answers(f"{provider_url}/state.json"), children, data, what="the provider")
        yield
    finally:
        for child in reversed(children):
            child.terminate()
        for child in reversed(children):
            child.wait(15)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def wait_until(is_true: Callable[[], bool], children: list[subprocess.Popen[bytes]], data: Path, *, what: str) -> None:
    """Wait for something to start; say where to look when it does not."""
    deadline = time.monotonic() + START_S
    while not is_true():
        interrupt.heed()
        if any(child.poll() is not None for child in children) or time.monotonic() > deadline:
            raise CannotStart(f"{what} did not start; see {data}/leeward.log and {data}/provider.log")
        time.sleep(0.05)
