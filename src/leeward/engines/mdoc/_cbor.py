"""Read CBOR from strangers: small, shallow, of definite length, every key once, no tags but the two that mobile documents use."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import cbor2

from leeward.engines.mdoc._refused import Reason, Refused

MOST_BYTES = 64 * 1024  # A proof of age has about 1,300 octets, a driving licence with its portrait about 10,000.
MOST_DEPTH = 16  # The deepest place of a response is the ninth.

# "tdate … no fraction of seconds … Z": ISO/IEC 18013-5, 9.1.2.4. The offset +00:00 says the same and is seen in the wild.
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+00:00)", re.ASCII)


class Embedded(bytes):
    """The octets of an item that stands encoded inside another (tag 24); what is signed or digested is these octets."""

    __slots__ = ()


def _embedded(value: Any, _immutable: bool) -> Embedded:
    if type(value) is not bytes:
        raise Refused(Reason.STRUCTURE)
    return Embedded(value)


def _moment(value: Any, _immutable: bool) -> datetime:
    if type(value) is not str or not _DATE.fullmatch(value):
        raise Refused(Reason.STRUCTURE)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Refused(Reason.STRUCTURE) from None


def _full_date(value: Any, _immutable: bool) -> str:
    """Keep a birthday or a date of issue as the text that it is: nothing here reads one."""
    if type(value) is not str:
        raise Refused(Reason.STRUCTURE)
    return value


def _no_tag(_value: Any, _immutable: bool) -> Any:
    # The decoder knows tags for regular expressions, mail, cycles and sets. None of them has a place in a mobile document.
    raise Refused(Reason.ENCODING)


class _Tags(dict[int, Callable[[Any, bool], Any]]):
    """Answer for every tag, so that no reading of the decoder's own is left."""

    def __missing__(self, _tag: int) -> Callable[[Any, bool], Any]:
        return _no_tag


_TAGS = _Tags({0: _moment, 24: _embedded, 1004: _full_date})


def read(data: bytes, *, most_bytes: int = MOST_BYTES) -> Any:
    """Return the one item that `data` encodes. Raises `Refused` for anything else."""
    if len(data) > most_bytes:
        raise Refused(Reason.TOO_LARGE)
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(
        stream,
        semantic_decoders=_TAGS,
        max_depth=MOST_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
    )
    try:
        item = decoder.decode()
    except Refused:
        raise
    except (cbor2.CBORDecodeError, UnicodeDecodeError, TypeError, OverflowError) as refusal:
        raise Refused(_within(refusal)) from None
    if stream.tell() != len(data):
        raise Refused(Reason.ENCODING)
    return item


def _within(refusal: BaseException) -> Reason:
    """Return the reason that a tag's own reading gave, where the decoder wrapped one."""
    cause: BaseException | None = refusal
    while cause is not None:
        if isinstance(cause, Refused):
            return cause.reason
        cause = cause.__cause__
    return Reason.ENCODING


def write(item: Any) -> bytes:
    """Return `item` as CBOR, its maps in the order that they have."""
    return cbor2.dumps(item)


def embed(content: bytes) -> bytes:
    """Return the encoding of an item that holds encoded `content` (tag 24)."""
    return cbor2.dumps(cbor2.CBORTag(24, bytes(content)))


def mapping(value: Any) -> dict[Any, Any]:
    """Return `value` if it is a map. Raises `Refused`."""
    if type(value) is not dict:
        raise Refused(Reason.STRUCTURE)
    return value


def array(value: Any) -> list[Any]:
    """Return `value` if it is an array. Raises `Refused`."""
    if type(value) is not list:
        raise Refused(Reason.STRUCTURE)
    return value


def text(value: Any) -> str:
    """Return `value` if it is text. Raises `Refused`."""
    if type(value) is not str:
        raise Refused(Reason.STRUCTURE)
    return value


def octets(value: Any) -> bytes:
    """Return `value` if it is a plain byte string. Raises `Refused`."""
    if type(value) is not bytes:
        raise Refused(Reason.STRUCTURE)
    return value


def whole(value: Any) -> int:
    """Return `value` if it is a whole number, which true and false are not. Raises `Refused`."""
    if type(value) is not int:
        raise Refused(Reason.STRUCTURE)
    return value


def moment(value: Any) -> datetime:
    """Return `value` if it is a date with its time. Raises `Refused`."""
    if type(value) is not datetime:
        raise Refused(Reason.STRUCTURE)
    return value


def embedded(value: Any) -> Embedded:
    """Return `value` if it is an item that stands encoded inside another. Raises `Refused`."""
    if type(value) is not Embedded:
        raise Refused(Reason.STRUCTURE)
    return value
