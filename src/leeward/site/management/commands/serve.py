from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from leeward.core import config, roles
from leeward.site import supervisor


class Command(BaseCommand):
    help = "Run everything on this machine: web, worker, sequencer, policy and resolver, each kept alive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-prepare", action="store_true", help="leave out migrations and static files")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["no_prepare"]:
            prepare()
        # A connection must not come into a forked process.
        connections.close_all()
        now = config.current()
        kept = supervisor.everything(
            host=options["host"],
            port=options["port"],
            webs=now.server.web_processes,
            with_dns=bool(now.network.dns_port),
            with_radius=bool(now.lines.radius_listen),
        )
        roles.run(kept.run, parent=None)


def prepare() -> None:
    """Bring the database and the static files to this version."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
