"""What one archive may cost, and the reasons for which it is refused."""

from dataclasses import dataclass, field, fields
from enum import StrEnum


class ArchiveRefusalReason(StrEnum):
    """Say why an archive, or a part of it, could not be looked into."""

    EMPTY = "empty"
    NOT_AN_ARCHIVE = "not_an_archive"
    UNSUPPORTED = "unsupported"
    ENCRYPTED = "encrypted"
    TOO_DEEP = "too_deep"
    TOO_MANY_MEMBERS = "too_many_members"
    MEMBER_TOO_LARGE = "member_too_large"
    TOO_LARGE = "too_large"
    TOO_COMPRESSED = "too_compressed"
    OVERLAPPING = "overlapping"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"


_NEXT_STEP = {
    ArchiveRefusalReason.EMPTY: "there are no bytes; send the file again",
    ArchiveRefusalReason.NOT_AN_ARCHIVE: "the bytes are none of the known archive formats; judge the file as it is",
    ArchiveRefusalReason.UNSUPPORTED: "its format or compression is not on the list; send it as ZIP with Deflate",
    ArchiveRefusalReason.ENCRYPTED: "a member is encrypted; hold it for a person",
    ArchiveRefusalReason.TOO_DEEP: "archives lie deeper in it than the limit; send the inner one on its own",
    ArchiveRefusalReason.TOO_MANY_MEMBERS: "it has more members than the limit; send it in parts",
    ArchiveRefusalReason.MEMBER_TOO_LARGE: "a member has more bytes than the limit; send that one on its own",
    ArchiveRefusalReason.TOO_LARGE: "it unpacks to more bytes than the limit; send it in parts",
    ArchiveRefusalReason.TOO_COMPRESSED: "it grows more than the limit while unpacking, as a zip bomb does; hold it",
    ArchiveRefusalReason.OVERLAPPING: "its members share bytes, as in a zip bomb; hold it",
    ArchiveRefusalReason.TRUNCATED: "the file ends before the archive does; send it again, and hold it until then",
    ArchiveRefusalReason.DAMAGED: "its parts contradict each other or its check sum; hold it for a person",
}


class ArchiveRefused(Exception):
    """Tell that an archive, or a part of it, is unjudged, and why: hold it, do not pass it."""

    def __init__(self, reason: ArchiveRefusalReason) -> None:
        super().__init__(f"archive refused ({reason}): {_NEXT_STEP[reason]}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bound what one archive may cost. All is counted while unpacking, nothing is believed from a header.

    `depth` 2 opens an archive inside the archive, but none inside that. `ratio` is bytes out for each byte in, and
    counts from `ratio_from_bytes` on: small files of one colour shrink a thousandfold without any harm.

    Memory: one member is held at a time beside the one that the caller has in hand, and one archive for each level
    below the first: about `member_bytes` * (`depth` + 1). At these limits a process stays below MEMORY_BYTES.
    """

    depth: int = 2
    members: int = 10_000
    member_bytes: int = 100_000_000
    unpacked_bytes: int = 2_000_000_000
    ratio: int = 250
    ratio_from_bytes: int = 10_000_000

    def __post_init__(self) -> None:
        for limit in fields(self):
            if getattr(self, limit.name) < 1:
                raise ValueError(f"ArchiveLimits.{limit.name} starts at 1; raise it")


DEFAULT_ARCHIVE_LIMITS = ArchiveLimits()
MEMORY_BYTES = 350_000_000  # above what the process holds before; measured by test_memory.py


@dataclass
class Tally:
    """Count what one question has cost over all levels, and remember what could not be looked into."""

    limits: ArchiveLimits
    members: int = 0
    yielded: int = 0
    unpacked_bytes: int = 0
    troubles: list[ArchiveRefusalReason] = field(default_factory=list)


@dataclass
class Level:
    """Count what one archive of `packed_bytes` unpacks to, for itself and for the question."""

    tally: Tally
    packed_bytes: int
    unpacked_bytes: int = 0

    @property
    def limits(self) -> ArchiveLimits:
        """Return the limits of the question."""
        return self.tally.limits

    def member(self) -> None:
        """Count a member of any kind. Raises ArchiveRefused at one too many."""
        self.tally.members += 1
        if self.tally.members > self.limits.members:
            raise ArchiveRefused(ArchiveRefusalReason.TOO_MANY_MEMBERS)

    def unpacked(self, size_bytes: int) -> None:
        """Count bytes that were unpacked. Raises ArchiveRefused at one too many."""
        self.unpacked_bytes += size_bytes
        self.tally.unpacked_bytes += size_bytes
        if self.tally.unpacked_bytes > self.limits.unpacked_bytes:
            raise ArchiveRefused(ArchiveRefusalReason.TOO_LARGE)
        most = max(self.limits.ratio_from_bytes, self.limits.ratio * self.packed_bytes)
        if self.unpacked_bytes > most:
            raise ArchiveRefused(ArchiveRefusalReason.TOO_COMPRESSED)

    def trouble(self, reason: ArchiveRefusalReason) -> None:
        """Remember that a part could not be looked into. The rest still is, and the reason is raised at the end."""
        self.tally.troubles.append(reason)
