"""The plain site behind the ASGI gate. Start it as plain_site.py, with LEEWARD_URL and LEEWARD_API_KEY set."""

from __future__ import annotations

from asgi_upload import ScreenUploads
from leeward_client import Leeward
from plain_site import HELD, keep, options, serve, site

if __name__ == "__main__":
    chosen = options("A site behind the ASGI gate")
    held = keep(chosen.data, HELD)
    gate = ScreenUploads(site(chosen.data), Leeward.from_environment(), paths=("/upload",), held=held)
    serve(gate, port=chosen.port)
