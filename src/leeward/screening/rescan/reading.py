"""Read one file by its reference. Works in any process: no database, and of the settings only what is handed over."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO

from django.conf import settings

from leeward.engines import hashing
from leeward.screening.rescan.items import Item, Place

# What fits here is read at once; a larger file on a disk is read as a stream.
WHOLE_BYTES = hashing.DEFAULT_LIMITS.size_bytes
# What comes over a network is held in memory, so it has a ceiling.
MOST_BYTES = 128 << 20
GONE = "gone"


class NotRead(Exception):
    """A file cannot be read; `reason` is a short word of ours, to be counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reach:
    """How far reading may go: which hosts may be asked, and where an S3-compatible service is."""

    hosts: frozenset[str] = frozenset()
    s3_endpoint: str = ""


@contextlib.contextmanager
def opened(item: Item, *, reach: Reach) -> Iterator[bytes | BinaryIO]:
    """Yield the bytes of a file, or a stream that begins at its beginning where it is long. Raises `NotRead`."""
    if item.reason:
        raise NotRead(item.reason)
    if item.data is not None:
        yield item.data
    elif item.place is Place.FILE:
        with _file(item.ref) as source:
            yield source
    elif item.place is Place.BUCKET:
        yield _object(item.ref, reach=reach)
    elif item.place is Place.ADDRESS:
        yield _fetched(item.ref, reach=reach)
    else:
        raise NotRead("sealed")  # Whoever lists sealed files opens them, and hands their bytes over.


@contextlib.contextmanager
def _file(path: str) -> Iterator[bytes | BinaryIO]:
    with contextlib.ExitStack() as stack:
        try:
            # Neither a link nor a pipe: the one may lead out of the folder, and the other would wait for ever.
            number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            file = stack.enter_context(os.fdopen(number, "rb"))
            found = os.fstat(number)
            if not stat.S_ISREG(found.st_mode):
                raise NotRead("not_a_file")
            source: bytes | BinaryIO = file.read() if found.st_size <= WHOLE_BYTES else file
        except FileNotFoundError:
            raise NotRead(GONE) from None
        except PermissionError:
            raise NotRead("not_permitted") from None
        except (OSError, ValueError):
            raise NotRead("read_error") from None
        yield source


def _fetched(address: str, *, reach: Reach) -> bytes:
    from leeward.screening.rescan import fetching  # its client takes long to load, and only addresses need it

    try:
        return fetching.fetch(address, hosts=reach.hosts, most_bytes=MOST_BYTES)
    except fetching.NotFetched as refused:
        raise NotRead(refused.reason) from None


@lru_cache(maxsize=8)
def bucket(name: str, *, endpoint: str) -> Any:
    """Return a bucket as django-storages opens it, with its own AWS_* variables."""
    if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
        settings.configure()  # A worker on another machine has no settings of Leeward, and needs none.
    from storages.backends.s3 import S3Storage  # the vendor's client is large, and only this source needs it

    return S3Storage(bucket_name=name, endpoint_url=endpoint or None).bucket


def _object(ref: str, *, reach: Reach) -> bytes:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # see `bucket`

    name, _, key = ref.partition("/")
    try:
        answer = bucket(name, endpoint=reach.s3_endpoint).Object(key).get()
        with contextlib.closing(answer["Body"]) as body:
            if answer["ContentLength"] > MOST_BYTES:
                raise NotRead("too_large")
            return bytes(body.read())
    except ClientError as error:
        is_gone = error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}
        raise NotRead(GONE if is_gone else "refused") from None
    except (BotoCoreError, OSError):
        raise NotRead("unreachable") from None
