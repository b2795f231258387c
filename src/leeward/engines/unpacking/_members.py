"""Go through the members of an archive, and through those of the archives in it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from leeward.engines.unpacking._limits import (
    DEFAULT_ARCHIVE_LIMITS,
    ArchiveLimits,
    ArchiveRefusalReason,
    ArchiveRefused,
    Level,
    Tally,
)
from leeward.engines.unpacking._signatures import HEAD_BYTES, Packing, is_archive, is_tar_header, packing_of
from leeward.engines.unpacking._streams import Flow, plain, runs, whole
from leeward.engines.unpacking._tar import tar_members
from leeward.engines.unpacking._zip import zip_members

# These stop everything. Any other reason concerns one archive inside, and the rest is still looked at.
_LIMIT_REASONS = frozenset(
    {
        ArchiveRefusalReason.TOO_MANY_MEMBERS,
        ArchiveRefusalReason.TOO_LARGE,
        ArchiveRefusalReason.TOO_COMPRESSED,
        ArchiveRefusalReason.OVERLAPPING,
    }
)


@dataclass(frozen=True, slots=True)
class Member:
    """Hold the bytes of one file: from which level it comes (1 is the archive itself), and which it is, from 1."""

    path_depth: int
    number: int
    data: bytes


def members(source: bytes | BinaryIO, *, limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS) -> Iterator[Member]:
    """Yield every file in an archive and in the archives inside it, to `limits.depth`, in the order in which they lie.

    Empty files, folders, links and devices are left out; so are the archives inside, whose members come instead. Names
    are not read, so none can lead anywhere. `source` must be seekable, and is read from its start.

    Raises ArchiveRefused at once when a limit is reached. What concerns a part only (an encrypted member, a damaged
    archive inside) is raised at the end, after all that can be read was yielded: the archive is then known in part.
    """
    tally = Tally(limits)
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    yield from _opened(file, depth=1, tally=tally)
    if tally.troubles:
        raise ArchiveRefused(tally.troubles[0])


def _opened(file: BinaryIO, *, depth: int, tally: Tally) -> Iterator[Member]:
    level = Level(tally, packed_bytes=file.seek(0, io.SEEK_END))
    if not level.packed_bytes:
        raise ArchiveRefused(ArchiveRefusalReason.EMPTY)
    for data in _files(file, level=level):
        if is_archive(data):
            yield from _inner(data, depth=depth + 1, level=level)
        else:
            tally.yielded += 1
            yield Member(path_depth=depth, number=tally.yielded, data=data)
        del data  # or it would be held while the next one is unpacked


def _inner(data: bytes, *, depth: int, level: Level) -> Iterator[Member]:
    if depth > level.limits.depth:
        level.trouble(ArchiveRefusalReason.TOO_DEEP)
        return
    try:
        yield from _opened(io.BytesIO(data), depth=depth, tally=level.tally)
    except ArchiveRefused as refused:
        if refused.reason in _LIMIT_REASONS:
            raise
        level.trouble(refused.reason)


def _files(file: BinaryIO, *, level: Level) -> Iterator[bytes]:
    file.seek(0)
    packing = packing_of(file.read(HEAD_BYTES))
    file.seek(0)
    match packing:
        case Packing.ZIP:
            yield from zip_members(file, level=level)
        case Packing.TAR:
            yield from tar_members(Flow(plain(file, level=level)), level=level)
        case Packing.GZIP | Packing.BZIP2 | Packing.XZ:
            yield from _run(Flow(runs(file, packing, level=level)), level=level)
        case Packing.UNSUPPORTED:
            raise ArchiveRefused(ArchiveRefusalReason.UNSUPPORTED)
        case None:
            raise ArchiveRefused(ArchiveRefusalReason.NOT_AN_ARCHIVE)


def _run(flow: Flow, *, level: Level) -> Iterator[bytes]:
    """Yield what one packed run holds: the members of a tar archive, which counts as the same level, or one file."""
    if is_tar_header(flow.peek(HEAD_BYTES)):
        yield from tar_members(flow, level=level)
    elif data := whole(flow.rest(), level=level):
        yield data
