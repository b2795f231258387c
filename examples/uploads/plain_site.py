"""A site that knows nothing of Leeward and stores what it is sent: `POST /upload` publishes, `POST /held-uploads` does not.

    python plain_site.py --port 8100 --data site-data

It stands behind front.py and nginx, and behind the gate of asgi_site.py.
"""

from __future__ import annotations

import argparse
import json
import secrets
from pathlib import Path

import upload_forms
import uvicorn
from asgi_upload import App, Receive, Scope, Send, read_upload

PUBLISHED, HELD = "published", "held"
FOLDERS = {"/upload": PUBLISHED, "/held-uploads": HELD}


def store(folder: Path, data: bytes) -> None:
    """Keep a file under a name that nobody can guess."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / secrets.token_hex(8)).write_bytes(data)


def keep(data_dir: Path, folder: str) -> App:
    """Return an application that stores the files of each upload in one folder."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        upload: upload_forms.Upload = await read_upload(scope, receive)
        for file in upload.files:
            store(data_dir / folder, file)
        body = json.dumps({"state": folder}).encode()
        status = 201 if folder == PUBLISHED else 202
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": body})

    return application


def site(data_dir: Path) -> App:
    """Return the whole site."""
    places = {path: keep(data_dir, folder) for path, folder in FOLDERS.items()}

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in places:
            await places[scope["path"]](scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"A plain site."})

    return application


def options(about: str) -> argparse.Namespace:
    """Read where to listen and where to store; every site here is started alike."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder; the site makes published/ and held/ in it")
    return parser.parse_args()


def serve(application: App, *, port: int) -> None:
    """Serve on this machine only, until Ctrl-C."""
    uvicorn.run(application, host="127.0.0.1", port=port, lifespan="off", ws="none", access_log=False)


if __name__ == "__main__":
    chosen = options("A site that knows nothing of Leeward")
    serve(site(chosen.data), port=chosen.port)
