from __future__ import annotations

import gc
import socket
import threading
from typing import Any

import uvicorn
from django.core.management.base import CommandParser
from django.urls import get_resolver

from leeward.core import roles
from leeward.exchange.bells import services as bells
from leeward.exchange.silent import services as silent
from leeward.helplines.chat.socket import FRAME_MAX_BYTES
from leeward.site.management.commands._role import RoleCommand

# Longer than the waits of clients that poll, so that a kept connection is not closed under them.
KEEP_ALIVE_S = 75
# Who takes in nothing for so long has gone, or wants to hold our memory: the kernel ends the connection (Linux, tcp(7)).
_UNREAD_MS = 30_000


class Command(RoleCommand):
    help = "Answer pages and machines on one port."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--share-port", action="store_true", help="let other web processes listen there as well")

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
                ws_max_size=FRAME_MAX_BYTES,
                # Sealed words do not get smaller, and each line would hold a packer's memory.
                ws_per_message_deflate=False,
            )
        )

        def until_gone(stop: threading.Event) -> None:
            threading.Thread(target=_end_with, args=(stop, server), daemon=True).start()
            threading.Thread(target=silent.watch, args=(stop,), name="silent", daemon=True).start()
            _settle(server)
            shared = options["share_port"]
            listening = _shared(options["host"], options["port"]) if shared else server.config.bind_socket()
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
            server.run(sockets=[listening])

        roles.run(until_gone, parent=options["parent"])


def _settle(server: uvicorn.Server) -> None:
    """Load everything that answers need, and count it as kept: the collector would walk through all of it again and again.

    Each such walk stops every answer for an eighth of a second.
    """
    server.config.load()
    get_resolver().url_patterns  # noqa: B018  # its making is what imports the views
    gc.collect()
    gc.freeze()


def _shared(host: str, port: int) -> socket.socket:
    """Return a socket on a port that other processes have as well; the kernel gives each connection to one of them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((host, port))
    return listening


def _end_with(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    # Streams have no end of their own, and the server waits for every answer.
    bells.belfry.close()
    server.should_exit = True
