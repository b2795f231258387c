"""Seal bytes and open them again: one data key a blob, wrapped by a master key, in any Django storage."""

from __future__ import annotations

import hashlib
import secrets
import struct
import uuid
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.storage import Storage, storages
from django.db import transaction

from leeward.core import faults, keys
from leeward.core.models import Blob

CHUNK_BYTES = 1 << 20
_TAG_BYTES = 16


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
    uid, key = uuid.uuid4(), secrets.token_bytes(keys.KEY_BYTES)
    cipher = AESGCM(key)
    sealed = b"".join(
        cipher.encrypt(_nonce(number, last=last), chunk, uid.bytes)
        for number, chunk, last in _chunks(data, CHUNK_BYTES)
    )
    storage().save(_name(uid), BytesIO(sealed))
    faults.point("blobs.after_file")
    version, wrapped = keys.wrap(key, place=f"blob:{uid}")
    return Blob.objects.create(
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
