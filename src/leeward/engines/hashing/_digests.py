"""Exact digests: equal bytes, equal value."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Digests:
    """Hold the three digests that hash lists are exchanged in, as lower-case hexadecimal text."""

    md5: str
    sha1: str
    sha256: str


def digests(data: bytes) -> Digests:
    """Return the digests of `data`."""
    return digests_of_stream((data,))


def digests_of_stream(chunks: Iterable[bytes]) -> Digests:
    """Return the digests of all `chunks` put together, reading each chunk once."""
    # MD5 and SHA-1 are what partner lists contain. They find known files here and protect nothing,
    # so a machine in FIPS mode may compute them.
    md5 = hashlib.md5(usedforsecurity=False)
    sha1 = hashlib.sha1(usedforsecurity=False)
    sha256 = hashlib.sha256()
    for chunk in chunks:
        md5.update(chunk)
        sha1.update(chunk)
        sha256.update(chunk)
    return Digests(md5=md5.hexdigest(), sha1=sha1.hexdigest(), sha256=sha256.hexdigest())
