"""What is hostile, broken or locked is refused with its reason, after all that can be read was handed out."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.unpacking import (
    DEFAULT_ARCHIVE_LIMITS,
    ArchiveLimits,
    ArchiveRefusalReason,
    ArchiveRefused,
    is_archive,
    members,
)
from leeward.engines.unpacking.tests import packed

DIRECTORY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
FLAGS, METHOD, CHECKSUM, PACKED_SIZE, SIZE = 8, 10, 16, 20, 24  # offsets in an entry of the directory


def outcome(
    data: bytes, *, limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS
) -> tuple[list[bytes], ArchiveRefusalReason | None]:
    """Return what was handed out and the reason for which it ended, if there was one."""
    found: list[bytes] = []
    try:
        found.extend(member.data for member in members(data, limits=limits))
    except ArchiveRefused as refused:
        return found, refused.reason
    return found, None


def reason(data: bytes, *, limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS) -> ArchiveRefusalReason | None:
    return outcome(data, limits=limits)[1]


def test_no_bytes_are_empty_and_other_files_are_no_archives() -> None:
    assert reason(b"") is ArchiveRefusalReason.EMPTY
    assert reason(b"plain words") is ArchiveRefusalReason.NOT_AN_ARCHIVE


@pytest.mark.parametrize(
    "head", [b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd"]
)
def test_formats_that_are_not_opened_are_known_and_refused(head: bytes) -> None:
    assert is_archive(head)
    assert reason(head + bytes(100)) is ArchiveRefusalReason.UNSUPPORTED


def test_two_levels_are_opened_and_the_third_is_refused_after_the_rest() -> None:
    assert outcome(packed.nested(2)) == ([b"level 1", b"level 2"], None)
    assert outcome(packed.nested(3)) == ([b"level 1", b"level 2"], ArchiveRefusalReason.TOO_DEEP)
    assert outcome(packed.nested(40)) == ([b"level 1", b"level 2"], ArchiveRefusalReason.TOO_DEEP)
    assert outcome(packed.nested(3), limits=ArchiveLimits(depth=3))[1] is None


def test_a_packed_tar_is_one_level() -> None:
    assert outcome(packed.tarred(mode="w:gz"), limits=ArchiveLimits(depth=1))[1] is None
    assert (
        reason(gzip.compress(packed.tarred(mode="w:gz")), limits=ArchiveLimits(depth=1))
        is ArchiveRefusalReason.TOO_DEEP
    )


def test_a_member_too_many_is_refused() -> None:
    for data in (packed.zipped(), packed.tarred(layout=tarfile.USTAR_FORMAT)):
        assert reason(data, limits=ArchiveLimits(members=3)) is None
        assert reason(data, limits=ArchiveLimits(members=2)) is ArchiveRefusalReason.TOO_MANY_MEMBERS


def test_members_are_counted_over_all_levels() -> None:
    assert reason(packed.nested(2), limits=ArchiveLimits(members=2)) is ArchiveRefusalReason.TOO_MANY_MEMBERS


def test_a_million_entries_cost_no_memory() -> None:
    entry = packed.zipped({"a": b""})
    entry = entry[entry.index(DIRECTORY) : entry.index(b"PK\x05\x06")]
    data = packed.zip_of(LOCAL + bytes(26), entry * 200_000, entries=200_000)
    tracemalloc.start()

    found = reason(data)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found is ArchiveRefusalReason.TOO_MANY_MEMBERS
    assert most < 2_000_000


def test_a_member_that_is_too_large_is_left_out_and_named_at_the_end() -> None:
    limits = ArchiveLimits(member_bytes=1_000)
    small = [data for data in packed.FILES.values() if len(data) <= 1_000]

    for data in (packed.zipped(), packed.tarred(), packed.tarred(mode="w:gz")):
        assert outcome(data, limits=limits) == (small, ArchiveRefusalReason.MEMBER_TOO_LARGE)


def test_all_unpacked_bytes_together_are_bounded() -> None:
    limits = ArchiveLimits(unpacked_bytes=3_000)

    for data in (packed.zipped(), packed.tarred(), packed.tarred(mode="w:xz")):
        assert reason(data, limits=limits) is ArchiveRefusalReason.TOO_LARGE


def test_a_bomb_is_refused_by_how_much_it_grows() -> None:
    limits = ArchiveLimits(ratio_from_bytes=1_000_000)
    zeros = {"zeros": bytes(5_000_000)}

    for data in (packed.bomb(5_000_000), packed.zipped(zeros), packed.tarred(zeros, mode="w:bz2")):
        assert reason(data, limits=limits) is ArchiveRefusalReason.TOO_COMPRESSED
        assert reason(packed.zipped({"inner": data}), limits=limits) is ArchiveRefusalReason.TOO_COMPRESSED


def test_members_that_share_bytes_are_refused_at_once() -> None:
    found, why = outcome(packed.overlapping(5_000))

    assert why is ArchiveRefusalReason.OVERLAPPING
    assert len(found) <= 1


def test_an_encrypted_member_is_named_after_the_readable_ones() -> None:
    data = packed.altered(packed.zipped(), DIRECTORY, FLAGS, b"\x01")

    assert outcome(data) == (list(packed.FILES.values())[1:], ArchiveRefusalReason.ENCRYPTED)


@pytest.mark.parametrize("method", [9, 14, 93, 99])
def test_a_compression_that_is_not_on_the_list_is_refused(method: int) -> None:
    data = packed.altered(packed.zipped(), DIRECTORY, METHOD, bytes([method]))
    data = packed.altered(data, LOCAL, 8, bytes([method]))

    assert reason(data) is ArchiveRefusalReason.UNSUPPORTED


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (CHECKSUM, b"\1\2\3\4"),
        (SIZE, b"\1\0\0\0"),
        (SIZE, b"\0\0\0\x7f"),
        (PACKED_SIZE, b"\1\0\0\0"),
        (PACKED_SIZE, b"\0\0\0\x7f"),
        (METHOD, b"\0"),
        (42, b"\1\0\0\0"),
        (42, b"\0\0\0\x7f"),
    ],
)
def test_a_directory_that_lies_about_a_member_is_damaged(offset: int, value: bytes) -> None:
    found, why = outcome(packed.altered(packed.zipped(), DIRECTORY, offset, value))

    assert why is ArchiveRefusalReason.DAMAGED
    assert found == list(packed.FILES.values())[1:]


@pytest.mark.parametrize("offset", [SIZE, PACKED_SIZE, 42])
def test_a_size_of_64_bits_that_is_missing_or_a_lie_is_damaged(offset: int) -> None:
    assert reason(packed.altered(packed.zipped(), DIRECTORY, offset, b"\xff" * 4)) is ArchiveRefusalReason.DAMAGED
    entry = packed.zipped({"a": b"data"})
    start, end = entry.index(DIRECTORY), entry.index(b"PK\x05\x06")
    lie = b"\1\0\x08\0" + b"\xff" * 7 + b"\x7f"
    directory = packed.altered(entry[start:end], DIRECTORY, offset, b"\xff" * 4) + lie
    directory = packed.altered(directory, DIRECTORY, 30, len(lie).to_bytes(2, "little"))
    assert reason(packed.zip_of(entry[:start], directory, entries=1)) is ArchiveRefusalReason.DAMAGED


@pytest.mark.parametrize("place", [12, 16])
def test_a_directory_that_is_not_where_it_is_said_to_be_is_damaged(place: int) -> None:
    data = packed.altered(packed.zipped(), b"PK\x05\x06", place, b"\xfe\xff\xff\x7f")

    assert reason(data) is ArchiveRefusalReason.DAMAGED


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("share", [0.2, 0.6])
def test_a_tar_that_ends_early_is_truncated(mode: str, share: float) -> None:
    data = packed.tarred({"noise": bytes(range(251)) * 80, "more": b"x" * 3_000}, mode=mode)
    data = data if mode != "w" else data[: data.rindex(b"x")]

    assert reason(data[: int(len(data) * share)]) is ArchiveRefusalReason.TRUNCATED


def test_a_zip_that_ends_early_is_truncated() -> None:
    assert reason(packed.zipped()[:-10]) is ArchiveRefusalReason.TRUNCATED
    assert reason(packed.zipped()[:200]) is ArchiveRefusalReason.TRUNCATED


def test_a_wrong_check_sum_is_damaged_in_every_format() -> None:
    tar = packed.tarred()
    assert reason(packed.altered(tar, b"deep/two.bin", 0, b"DEEP")) is ArchiveRefusalReason.DAMAGED
    for mode in ("w:gz", "w:bz2", "w:xz"):
        data = bytearray(packed.tarred(mode=mode))
        data[-6] ^= 0xFF
        assert reason(bytes(data)) in (ArchiveRefusalReason.DAMAGED, ArchiveRefusalReason.TRUNCATED)


@pytest.mark.parametrize("size", [b"77777777777\0", b"99999999999\0", b"\x80" + b"\x7f" * 11, b"\xff" * 12])
def test_a_tar_that_lies_about_a_size_is_refused(size: bytes) -> None:
    block = bytearray(packed.tarred({"a": b"data"}, layout=tarfile.USTAR_FORMAT))
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])

    assert reason(bytes(block)) in (ArchiveRefusalReason.DAMAGED, ArchiveRefusalReason.TRUNCATED)


def test_a_long_name_that_would_fill_memory_is_refused() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("n" * 3_000_000))

    assert reason(gzip.compress(out.getvalue())) is ArchiveRefusalReason.DAMAGED


def test_a_sparse_file_is_refused_because_its_bytes_are_not_the_files() -> None:
    block = bytearray(packed.tarred({"a": b"data"}, layout=tarfile.GNU_FORMAT))
    block[156:157] = b"S"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])

    assert reason(bytes(block)) is ArchiveRefusalReason.UNSUPPORTED


def test_one_broken_archive_inside_does_not_hide_the_files_beside_it() -> None:
    data = packed.zipped({"broken.zip": packed.zipped()[:200], "file": b"beside"})

    assert outcome(data) == ([b"beside"], ArchiveRefusalReason.TRUNCATED)


def test_a_refusal_says_what_to_do_and_quotes_nothing() -> None:
    data = packed.altered(packed.zipped({"Ana": b"secret"}), DIRECTORY, FLAGS, b"\x01")

    with pytest.raises(ArchiveRefused) as refused:
        list(members(data))

    assert "hold it for a person" in str(refused.value)
    assert "Ana" not in str(refused.value)


def test_every_reason_has_a_next_step() -> None:
    assert all(str(ArchiveRefused(why)) for why in ArchiveRefusalReason)


@pytest.mark.parametrize("name", ["depth", "members", "member_bytes", "unpacked_bytes", "ratio", "ratio_from_bytes"])
def test_limits_below_one_cannot_be_set(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        ArchiveLimits(**{name: 0})


ARCHIVES = [
    packed.zipped(),
    packed.zipped(method=zipfile.ZIP_BZIP2),
    packed.tarred(),
    packed.tarred(mode="w:gz"),
    packed.tarred(mode="w:bz2"),
    packed.tarred(mode="w:xz"),
    packed.nested(3),
]


@given(data=st.data())
@settings(max_examples=300)
def test_an_altered_archive_gives_files_or_a_reason(data: st.DataObject) -> None:
    altered = bytearray(data.draw(st.sampled_from(ARCHIVES)))
    for _ in range(data.draw(st.integers(1, 8))):
        altered[data.draw(st.integers(0, len(altered) - 1))] = data.draw(st.integers(0, 255))

    # Anything but a refusal would leave `outcome` and fail the test.
    found, why = outcome(bytes(altered[: data.draw(st.integers(1, len(altered)))]))

    assert found is not None
    assert why in (None, *ArchiveRefusalReason)
