"""Seal bytes and open them again: one data key a blob, wrapped by a master key, in any Django storage."""

from __future__ import annotations

import hashlib
import re
import secrets
import struct
import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.storage import Storage, storages
from django.db import transaction

from leeward.core import faults, keys, rows
from leeward.core.models import Blob

CHUNK_BYTES = 1 << 20
_TAG_BYTES = 16
_NAME = re.compile("[0-9a-f]{32}")


def storage() -> Storage:
    """Return where sealed bytes lie: a folder, or S3 by setting."""
    return storages["sealed"]


def _name(uid: uuid.UUID) -> str:
    return f"{uid.hex[:2]}/{uid.hex}"


def _nonce(number: int, *, last: bool) -> bytes:
    # A data key seals one blob only, so a counter is a nonce; the last byte ends the blob, so that a cut one is refused.
    return struct.pack(">QxxxB", number, last)


def _chunks(data: bytes, size: int) -> Iterator[tuple[int, bytes, bool]]:
    count = max(1, -(-len(data) // size))
    for number in range(count):
        yield number, data[number * size : (number + 1) * size], number == count - 1


def seal(data: bytes, *, media_type: str, at: datetime) -> Blob:
    """Store `data` sealed and return its row. The file is written before the row, so a row always has its file."""
    blob = written(data, media_type=media_type, at=at)
    rows.insert(blob)
    return blob


def written(data: bytes, *, media_type: str, at: datetime) -> Blob:
    """Write the sealed file and return its row, not inserted yet; a file that never gets its row is erased later."""
    uid, key = uuid.uuid4(), secrets.token_bytes(keys.KEY_BYTES)
    cipher = AESGCM(key)
    sealed = b"".join(
        cipher.encrypt(_nonce(number, last=last), chunk, uid.bytes)
        for number, chunk, last in _chunks(data, CHUNK_BYTES)
    )
    storage().save(_name(uid), BytesIO(sealed))
    faults.point("blobs.after_file")
    version, wrapped = keys.wrap(key, place=f"blob:{uid}")
    return Blob(
        uid=uid,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        media_type=media_type,
        key_version=version,
        wrapped_key=wrapped,
        created_at=at,
    )


def unseal(blob: Blob) -> bytes:
    """Return the bytes of a blob; raise `SealBroken` if one bit of it, or its length, was changed."""
    key = keys.unwrap(blob.key_version, bytes(blob.wrapped_key), place=f"blob:{blob.uid}")
    with storage().open(_name(blob.uid)) as file:
        sealed = file.read()
    cipher = AESGCM(key)
    try:
        return b"".join(
            cipher.decrypt(_nonce(number, last=last), chunk, blob.uid.bytes)
            for number, chunk, last in _chunks(sealed, CHUNK_BYTES + _TAG_BYTES)
        )
    except InvalidTag:
        raise keys.SealBroken(f"blob:{blob.uid}") from None


def delete(blob: Blob) -> None:
    """Delete a blob: its row now, its file once that is committed, so that a rollback loses nothing.

    A process that ends between the two leaves a file without its row, which nobody can open; `shelves` shows it.
    """
    uid = blob.uid
    blob.delete()
    # A storage that is away must not undo what was committed: the file is found as an orphan later.
    transaction.on_commit(partial(delete_file, uid), robust=True)


def delete_file(uid: uuid.UUID) -> None:
    """Delete one sealed file; one that is gone already is no fault."""
    storage().delete(_name(uid))


def has_file(uid: uuid.UUID) -> bool:
    """True where the sealed file of a blob lies in the storage."""
    return storage().exists(_name(uid))


def written_at(uid: uuid.UUID) -> datetime | None:
    """Return when a sealed file was written, or None where it is gone."""
    try:
        return storage().get_modified_time(_name(uid))
    except FileNotFoundError:
        return None


def shelves() -> Iterator[tuple[set[uuid.UUID], set[uuid.UUID]]]:
    """Yield, shelf by shelf, the ids of the sealed files that lie there and of the rows that belong there.

    A row that was committed while its shelf was read may stand there without its file: ask `has_file` again.
    """
    for number in range(256):
        files = _files(f"{number:02x}")
        first, last = (uuid.UUID(hex=f"{number:02x}" + digit * 30) for digit in "0f")
        rows = Blob.objects.filter(uid__gte=first, uid__lte=last).values_list("uid", flat=True)
        yield files, set(rows)


def _files(shelf: str) -> set[uuid.UUID]:
    try:
        names = storage().listdir(shelf)[1]
    except FileNotFoundError:
        return set()
    return {uuid.UUID(hex=name) for name in names if _NAME.fullmatch(name)}


def rotate() -> int:
    """Wrap every data key under the newest master key and return how many changed; the sealed bytes stay as they are."""
    newest, changed = keys.master_keys()[0].version, 0
    for blob in Blob.objects.exclude(key_version=newest).iterator():
        key = keys.unwrap(blob.key_version, bytes(blob.wrapped_key), place=f"blob:{blob.uid}")
        version, wrapped = keys.wrap(key, place=f"blob:{blob.uid}")
        with transaction.atomic():
            changed += Blob.objects.filter(pk=blob.pk, key_version=blob.key_version).update(
                key_version=version, wrapped_key=wrapped
            )
    return changed
