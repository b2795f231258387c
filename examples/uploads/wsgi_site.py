"""A WSGI site behind the WSGI gate. Start it as plain_site.py, with LEEWARD_URL and LEEWARD_API_KEY set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import upload_forms
from leeward_client import Leeward
from plain_site import HELD, PUBLISHED, options, store
from wsgi_upload import ScreenUploads

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Threads(ThreadingMixIn, WSGIServer):
    """A thread a connection."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Log nothing: visitors' addresses are nobody's business in an example."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def keep(data_dir: Path, folder: str) -> WSGIApplication:
    """Return an application that stores the files of each upload in one folder."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        for file in upload_forms.read(environ.get("CONTENT_TYPE", ""), body).files:
            store(data_dir / folder, file)
        status = "201 Created" if folder == PUBLISHED else "202 Accepted"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps({"state": folder}).encode()]

    return application


if __name__ == "__main__":
    chosen = options("A site behind the WSGI gate")
    gate = ScreenUploads(
        keep(chosen.data, PUBLISHED), Leeward.from_environment(), paths=("/upload",), held=keep(chosen.data, HELD)
    )
    make_server("127.0.0.1", chosen.port, gate, server_class=Threads, handler_class=Quiet).serve_forever()
