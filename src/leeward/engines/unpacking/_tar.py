"""Read the members of a tar archive from a flow of bytes.

Names are not read at all. Sources: POSIX.1-2017, pax, «ustar Interchange Format» and «pax Header Block»; GNU tar
manual, «Basic Tar Format».
"""

import re
from collections.abc import Iterator

from leeward.engines.unpacking._limits import ArchiveRefusalReason, ArchiveRefused, Level
from leeward.engines.unpacking._signatures import is_tar_header
from leeward.engines.unpacking._streams import Flow, whole

_BLOCK = 512
_SIZE = slice(124, 136)
_KIND = slice(156, 157)
_FILES = frozenset({b"0", b"\0", b"7"})
_WITHOUT_DATA = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})  # links, devices, folders, pipes
_NEXT_ONLY, _GLOBAL = b"x", b"g"
_NOTES = frozenset({_NEXT_ONLY, _GLOBAL, b"L", b"K"})
_NOTE_BYTES = 1_000_000  # a long name and some attributes; what is more is not honest
_SPARSE = b"S"
_PAX_SIZE = re.compile(rb"\n?\d+ size=(\d{1,20})\n")
_PAX_SPARSE = b"GNU.sparse."


def tar_members(flow: Flow, *, level: Level) -> Iterator[bytes]:
    """Yield the data of each regular file that is not empty. Links, devices and folders are passed over.

    Raises ArchiveRefused; what concerns one member only is left at `level` as a trouble.
    """
    note = b""
    while header := _next_header(flow):
        level.member()
        kind, size = header[_KIND], _size(header)
        if kind in _NOTES:
            text = _note(flow, size)
            note = text if kind == _NEXT_ONLY else note
            continue
        size, note, is_sparse = _size_noted(note, size), b"", kind == _SPARSE or _PAX_SPARSE in note
        if kind in _WITHOUT_DATA:
            continue
        if kind == _SPARSE:
            raise ArchiveRefused(ArchiveRefusalReason.UNSUPPORTED)
        if is_sparse or kind not in _FILES:
            level.trouble(ArchiveRefusalReason.UNSUPPORTED)
            _skip(flow, size)
        elif (data := whole(flow.take(size), level=level)) is not None and data:
            yield data
            del data
        _skip(flow, -size % _BLOCK)


def _next_header(flow: Flow) -> bytes:
    """Return the next header, or nothing at the end: a block of zeros, or the end of the file after a member."""
    block = flow.peek(_BLOCK)
    if not block.strip(b"\0"):
        return b""
    if len(block) < _BLOCK:
        raise ArchiveRefused(ArchiveRefusalReason.TRUNCATED)
    if not is_tar_header(block):
        raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)
    _skip(flow, _BLOCK)
    return block


def _size(header: bytes) -> int:
    field = header[_SIZE]
    if field[0] & 0x80:  # A binary number, as GNU tar writes sizes over 8 GB.
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else _damaged()
    digits = field.strip(b" \0")
    if not digits:
        return 0
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else _damaged()


def _damaged() -> int:
    raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)


def _note(flow: Flow, size: int) -> bytes:
    if size > _NOTE_BYTES:
        raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)
    text = b"".join(flow.take(size))
    _skip(flow, -size % _BLOCK)
    return text


def _size_noted(note: bytes, size: int) -> int:
    found = _PAX_SIZE.search(note)
    return int(found[1]) if found else size


def _skip(flow: Flow, size: int) -> None:
    for _ in flow.take(size):
        pass
