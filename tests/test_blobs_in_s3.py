"""Sealed evidence in S3 by setting alone: the vendor's own client speaks to a small server that knows four verbs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.stage.leeward import Leeward
from tests.stage.ports import LOOPBACK

CANARY = "quietcanary" * 40
SEAL = f"""
from django.utils import timezone
from leeward.core import blobs
blob = blobs.seal({CANARY.encode()!r}, media_type="text/plain", at=timezone.now())
print("opened", blobs.unseal(blob) == {CANARY.encode()!r}, type(blobs.storage()).__name__)
"""


class Bucket(BaseHTTPRequestHandler):
    """PUT, GET, HEAD and DELETE of objects, kept in memory."""

    objects: ClassVar[dict[str, bytes]] = {}

    def do_PUT(self) -> None:
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"")

    def do_GET(self) -> None:
        found = self.objects.get(self.path)
        self._answer(404 if found is None else 200, found or b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"made-up"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def bucket() -> Iterator[str]:
    Bucket.objects.clear()
    with ThreadingHTTPServer((LOOPBACK, 0), Bucket) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()


def test_a_blob_is_sealed_into_a_bucket_and_opened_from_it(embedded: Leeward, bucket: str) -> None:
    embedded.env |= {
        "LEEWARD_BLOB_STORAGE": "storages.backends.s3.S3Storage",
        "LEEWARD_S3_BUCKET": "evidence",
        "LEEWARD_S3_ENDPOINT": bucket,
        "AWS_S3_ACCESS_KEY_ID": "made-up",
        "AWS_S3_SECRET_ACCESS_KEY": "made-up",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    printed = embedded.python(SEAL)

    assert "opened True S3Storage" in printed
    [(path, kept)] = Bucket.objects.items()
    assert path.startswith("/evidence/")
    assert CANARY.encode() not in kept
