"""Take the files out of an archive, one after the other, without writing any and within limits."""

from leeward.engines.unpacking._limits import (
    DEFAULT_ARCHIVE_LIMITS,
    ArchiveLimits,
    ArchiveRefusalReason,
    ArchiveRefused,
)
from leeward.engines.unpacking._members import Member, members
from leeward.engines.unpacking._signatures import HEAD_BYTES, is_archive

__all__ = [
    "DEFAULT_ARCHIVE_LIMITS",
    "HEAD_BYTES",
    "ArchiveLimits",
    "ArchiveRefusalReason",
    "ArchiveRefused",
    "Member",
    "is_archive",
    "members",
]
