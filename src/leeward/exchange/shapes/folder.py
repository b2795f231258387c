"""A folder that is carried by hand to a partner whose network is not joined to ours: numbered files, each once and in order.

Each number is two files: `000001.json`, a TAXII envelope with the very octets that every partner is given, and
`000001.manifest.json`, written last, with the digest of the first and of each object. What is signed in an object stays so;
the manifest is against what happens to files on their way, and tells a file that is missing by its number.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from leeward.engines import stix
from leeward.exchange.shapes.values import Unreadable

FORMAT = "leeward-folder-1"
OBJECTS_MAX = 5000  # Of one file.
FILE_BYTES = 64 * 1024 * 1024  # A file that is larger was not written by us.
_MANIFEST = re.compile(r"([0-9]{6,12})\.manifest\.json")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Changed(Exception):
    """A file is not what its manifest says. Take nothing of it; ask for the folder anew."""


class Gap(Exception):
    """A number is missing before the next file. Bring the missing one, or say that it is lost."""

    def __init__(self, *, missing: int, found: int) -> None:
        super().__init__(f"file {found} is here and file {missing} is not; bring the missing one first")
        self.missing, self.found = missing, found


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one file holds. `sender` is the name of the site that wrote it; `digests` are SHA-256 of each object, in order."""

    number: int
    sender: str
    sha256: str
    size_bytes: int
    digests: tuple[str, ...]


def write(folder: Path, objects: Sequence[bytes], *, number: int, sender: str) -> Manifest:
    """Write one number. Both files appear as a whole or not at all, and the manifest after what it speaks of."""
    envelope = b'{"more": false, "objects": [' + b", ".join(objects) + b"]}" if objects else b"{}"
    digests = tuple(hashlib.sha256(octets).hexdigest() for octets in objects)
    manifest = Manifest(number, sender, hashlib.sha256(envelope).hexdigest(), len(envelope), digests)
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / f"{number:06}.json", envelope)
    put(folder / f"{number:06}.manifest.json", json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1).encode())
    return manifest


def put(path: Path, octets: bytes) -> None:
    """Replace a file as a whole, certain to be there after a power cut."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    # A rename is only certain on a stick that is pulled out once its folder is written down, too.
    described = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(described)
    finally:
        os.close(described)


def is_written(folder: Path, number: int) -> bool:
    """Say whether a number is there as a whole."""
    return (folder / f"{number:06}.manifest.json").is_file()


def waiting(folder: Path, *, taken: int) -> list[int]:
    """Return the numbers that are there as a whole and come after `taken`, in order. Raises `Gap` at the first one missing."""
    found = (_MANIFEST.fullmatch(path.name) for path in folder.iterdir())
    numbers = sorted(int(name[1]) for name in found if name is not None and int(name[1]) > taken)
    for expected, number in enumerate(numbers, taken + 1):
        if number != expected:
            # What stands before the gap can still be taken.
            if expected == taken + 1:
                raise Gap(missing=expected, found=number)
            return numbers[: expected - taken - 1]
    return numbers


def read(folder: Path, number: int) -> tuple[Manifest, tuple[bytes, ...]]:
    """Return one number with the exact octets of each object. Raises `Changed` and `Unreadable`."""
    manifest = _manifest(_octets(folder / f"{number:06}.manifest.json"))
    envelope = _octets(folder / f"{number:06}.json")
    if manifest.number != number:
        raise Changed(f"file {number}: its manifest is that of another number; ask for the folder anew")
    if len(envelope) != manifest.size_bytes or hashlib.sha256(envelope).hexdigest() != manifest.sha256:
        raise Changed(f"file {number}: it is not what its manifest says; ask for the folder anew")
    try:
        objects = stix.split_envelope(envelope, most=OBJECTS_MAX).objects
    except stix.BadObject as fault:
        raise Unreadable(f"file {number}: it is no TAXII envelope; ask for the folder anew") from fault
    if tuple(hashlib.sha256(octets).hexdigest() for octets in objects) != manifest.digests:
        raise Changed(f"file {number}: an object is not what the manifest says; ask for the folder anew")
    return manifest, objects


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            octets = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{path.name}: it cannot be read ({error.strerror}); ask for the folder anew") from None
    if len(octets) > FILE_BYTES:
        raise Unreadable(f"{path.name}: it is larger than {FILE_BYTES} bytes; ask for smaller files")
    return octets


def _manifest(octets: bytes) -> Manifest:
    try:
        known = json.loads(octets)
        digests = tuple(known["digests"])
        number, size_bytes = known["number"], known["size_bytes"]
        sender, sha256 = known["sender"], known["sha256"]
        is_right = known["format"] == FORMAT and all(_DIGEST.fullmatch(text) for text in (*digests, sha256))
    except (ValueError, KeyError, TypeError, RecursionError):
        is_right = False
    if not is_right or not all(isinstance(one, int) for one in (number, size_bytes)) or not isinstance(sender, str):
        raise Unreadable(f"a manifest is not of the form {FORMAT}; ask for the folder anew")
    return Manifest(number, sender, sha256, size_bytes, digests)
