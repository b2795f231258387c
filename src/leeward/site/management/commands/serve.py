from __future__ import annotations

import os
import shutil
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from leeward.core import config, roles
from leeward.site import supervisor


class Command(BaseCommand):
    help = "Run everything on this machine: web, worker, sequencer, policy and resolver, each kept alive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--dns-port", type=int, default=None, help="0: no resolver")
        parser.add_argument("--no-prepare", action="store_true", help="leave out migrations and static files")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["no_prepare"]:
            prepare()
        dns_port = config.current().network.dns_port if options["dns_port"] is None else options["dns_port"]
        os.environ["LEEWARD_DNS_PORT"] = str(dns_port)
        metrics = config.current().server.data_dir.resolve() / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        webs = config.current().server.web_processes
        kept = supervisor.everything(
            host=options["host"],
            port=options["port"],
            webs=webs,
            with_dns=bool(dns_port),
            with_radius=bool(config.current().lines.radius_listen),
        )
        roles.run(kept.run, parent=None)


def prepare() -> None:
    """Bring the database and the static files to this version."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
