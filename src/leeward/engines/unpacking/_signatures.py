"""Tell an archive by its first bytes."""

from enum import Enum

HEAD_BYTES = 512  # one header of a tar file
_CHECKSUM = slice(148, 156)  # POSIX.1-2017, pax, «ustar header block»


class Packing(Enum):
    """Name the ways to pack that are known, and those that are known only to be refused."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    UNSUPPORTED = "unsupported"


_SIGNATURES = (
    (b"PK\x03\x04", Packing.ZIP),
    (b"PK\x05\x06", Packing.ZIP),  # without members
    (b"\x1f\x8b\x08", Packing.GZIP),
    (b"BZh", Packing.BZIP2),
    (b"\xfd7zXZ\x00", Packing.XZ),
    (b"Rar!\x1a\x07", Packing.UNSUPPORTED),
    (b"7z\xbc\xaf\x27\x1c", Packing.UNSUPPORTED),
    (b"\x28\xb5\x2f\xfd", Packing.UNSUPPORTED),  # Zstandard
    (b"PK\x07\x08", Packing.UNSUPPORTED),  # a ZIP that spans several files
    (b"MSCF\x00\x00\x00\x00", Packing.UNSUPPORTED),  # a Windows cabinet
)


def packing_of(head: bytes) -> Packing | None:
    """Return how a file that starts with `head` is packed, or nothing where it is no archive."""
    for signature, packing in _SIGNATURES:
        if head.startswith(signature):
            return packing
    return Packing.TAR if is_tar_header(head[:HEAD_BYTES]) else None


def is_archive(data: bytes) -> bool:
    """Say by its first bytes whether a file is an archive: ZIP and documents made of it, tar, gzip, bzip2, xz, RAR, 7z.

    `HEAD_BYTES` bytes are enough. What `members` does not open, such as RAR, is an archive too, so that it is refused.
    """
    return packing_of(data[:HEAD_BYTES]) is not None


def is_tar_header(block: bytes) -> bool:
    """Say whether a block of 512 bytes is a header with a right check sum; the oldest tar files have no other mark."""
    if len(block) < HEAD_BYTES:
        return False
    stated = block[_CHECKSUM].strip(b" \0")
    if not stated or not stated.isdigit() or b"8" in stated or b"9" in stated:
        return False
    return int(stated, 8) == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
