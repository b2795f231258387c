"""Judges that are not ours: dig, taxii2-client, and an HTTP client as a provider's server would use one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Any

import httpx
import taxii2client.v21

from tests.stage import machine
from tests.stage.ports import LOOPBACK


@dataclass(frozen=True)
class Dug:
    """What dig printed: the status, the data of the answers, and the extended errors (RFC 8914) as code and words."""

    status: str
    answers: tuple[str, ...]
    extended_errors: tuple[tuple[int, str], ...]


def dig(name: str, *, port: int, type: str = "A", options: tuple[str, ...] = ()) -> Dug:
    """Ask the resolver on 127.0.0.1 with dig; `options` are more of dig's own, such as `+tcp`."""
    binary = machine.program("dig")
    if binary is None:
        machine.missing("dig", install=machine.DIG)
    command = [str(binary), f"@{LOOPBACK}", "-p", str(port), "+time=5", "+tries=2", *options, name, type]
    return read_dig(subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout)


def read_dig(printed: str) -> Dug:
    """Read what dig printed. Where nobody answered, the status is `no answer`."""
    status = re.search(r"status: (\w+)", printed)
    section = printed.partition(";; ANSWER SECTION:\n")[2].partition("\n\n")[0]
    errors = re.findall(r"^; EDE: (\d+)(?: \([^)]*\))?(?:: \((.*)\))?$", printed, re.MULTILINE)
    return Dug(
        status=status[1] if status else "no answer",
        answers=tuple(line.split(maxsplit=4)[4] for line in section.splitlines()),
        extended_errors=tuple((int(code), words) for code, words in errors),
    )


def taxii_objects(url: str, *, user: str, key: str) -> list[dict[str, Any]]:
    """Return every object that the TAXII server at `url` (its discovery address) shows, page by page, as a partner reads."""
    server = taxii2client.v21.Server(url, user=user, password=key)
    found: list[dict[str, Any]] = []
    for collection in server.default.collections:
        for page in taxii2client.v21.as_pages(collection.get_objects, per_request=1000):
            found += page.get("objects", [])
    return found


def upload(
    base_url: str, picture: bytes, *, key: str, media_type: str = "image/jpeg", item_id: str = ""
) -> httpx.Response:
    """Ask Leeward about an upload, as a provider does before it stores one."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type, "X-Item-Id": item_id}
    return httpx.post(f"{base_url}/api/v1/screen", content=picture, headers=headers, timeout=30)
