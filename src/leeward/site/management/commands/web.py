from __future__ import annotations

import threading
from typing import Any

import uvicorn
from django.core.management.base import CommandParser

from leeward.core import roles
from leeward.site.management.commands._role import RoleCommand

# Longer than the waits of clients that poll, so that a kept connection is not closed under them.
KEEP_ALIVE_S = 75


class Command(RoleCommand):
    help = "Answer pages and machines on one port."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        server = uvicorn.Server(
            uvicorn.Config(
                "leeward.site.asgi:application",
                host=options["host"],
                port=options["port"],
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=8,
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
            )
        )

        def until_gone(stop: threading.Event) -> None:
            threading.Thread(target=_end_with, args=(stop, server), daemon=True).start()
            server.run()

        roles.run(until_gone, parent=options["parent"])


def _end_with(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True
