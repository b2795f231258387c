"""Harmless things that no sign may name. A sign that does is refused, and whoever told it is looked at.

The digests are made of the texts and files in `content/canaries.toml`. Host names that nobody closes count, too.
"""

from __future__ import annotations

import base64
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from leeward.core import never
from leeward.engines import hashing, urls
from leeward.indicators.models import DIGEST_KINDS, Kind

WITHIN_BITS = 31  # of 256. "Distance threshold: <=31", pdq/README.md, facebook/ThreatExchange
_FILE = Path(__file__).parent / "content" / "canaries.toml"


@dataclass(frozen=True, slots=True)
class Harmless:
    """What is planted: digests of every kind in lower-case hex, and PDQ hashes as whole numbers."""

    digests: frozenset[str]
    pictures: tuple[int, ...]


@cache
def shipped() -> Harmless:
    """Return the canaries that come with Leeward."""
    known = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    files = [base64.b64decode(file["base64"]) for file in known["file"]]
    files += [text.encode() for text in known["texts"]] + [f"{text}\n".encode() for text in known["texts"]]
    digests = [hashing.digests(data) for data in files]
    return Harmless(
        frozenset(digest for each in digests for digest in (each.md5, each.sha1, each.sha256)),
        tuple(int(picture["pdq"], 16) for picture in known["picture"]),
    )


def is_hit(kind: Kind, value: str) -> bool:
    """Tell whether a sign names something harmless. `value` is in the form in which indicators keep it."""
    if kind is Kind.PDQ:
        number = int(value, 16)
        return any((number ^ picture).bit_count() <= WITHIN_BITS for picture in shipped().pictures)
    if kind in DIGEST_KINDS:
        return value in shipped().digests
    if kind in (Kind.URL, Kind.DOMAIN):
        return _is_open_to_all(urls.host_of(value) if kind is Kind.URL else value)
    return False


def _is_open_to_all(host: str) -> bool:
    """Tell whether a host is one that nobody closes, stands below one, or would close one that stands below it."""
    return any(host == name or host.endswith(f".{name}") or name.endswith(f".{host}") for name in never.names())
