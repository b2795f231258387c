"""The example provider as a process of its own: a photograph site that asks Leeward and takes its webhooks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx

from tests.stage.leeward import Keys
from tests.stage.ports import LOOPBACK, is_open
from tests.stage.processes import Process, plain_environment

PROGRAM = Path(__file__).parents[2] / "examples" / "provider" / "provider.py"
PHOTOS = PROGRAM.parent / "photos"


class Provider:
    """A started provider. Its host name in reports is `bad.example`, as in the demo."""

    def __init__(
        self, *, port: int, leeward_url: str, keys: Keys, folder: Path, pages_host: str = "bad.example"
    ) -> None:
        self.base_url = f"http://{LOOPBACK}:{port}"
        command = [sys.executable, str(PROGRAM), "--port", str(port), "--leeward", leeward_url]
        command += ["--data", str(folder / "provider"), "--pages-host", pages_host]
        secrets = {"LEEWARD_API_KEY": keys.provider_key, "LEEWARD_WEBHOOK_SECRET": keys.webhook_secret}
        log = folder / "provider.log"
        self.process = Process("the provider", command, env=plain_environment() | secrets, log=log)
        self.process.wait_until(lambda: is_open(port), what="the provider answers")

    def state(self) -> dict[str, Any]:
        """Return what the provider knows of its photographs and of the webhooks that it took."""
        known: dict[str, Any] = httpx.get(f"{self.base_url}/state.json", timeout=10).json()
        return known

    def upload(self, item: str, picture: bytes) -> httpx.Response:
        """Send a picture to the provider, as one of its users does."""
        headers = {"Content-Type": "image/jpeg", "X-Item-Id": item}
        return httpx.post(f"{self.base_url}/upload", content=picture, headers=headers, timeout=30)
