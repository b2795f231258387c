"""A list is read in parts of any size, however long its lines are, and binary is refused where it stands."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.policy import lists
from leeward.engines.policy.lists import Format, NotAList

PART = 1 << 16


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(
    st.lists(
        st.sampled_from(
            [b"bad.example", b"b\xc3\xbccher.example", b"", b"# note", b"bad..example", b"\xff", b"x" * 9000]
        )
    ),
    st.integers(1, 50),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)
def test_the_size_of_the_parts_changes_nothing(lines: list[bytes], size: int, end: bytes, ends: bool) -> None:
    data = end.join(lines) + (end if ends else b"")
    whole = lists.read([data], format=Format.DOMAINS)
    parts = lists.read(cut(data, size), format=Format.DOMAINS)

    assert list(whole) == list(parts)
    assert (whole.faults, whole.fault_count) == (parts.faults, parts.fault_count)
    assert whole.line_count == parts.line_count


def test_a_line_of_ten_megabytes_is_refused_and_never_held() -> None:
    def flood() -> Iterator[bytes]:
        yield b"first.example\n"
        for _ in range(160):
            yield b"a" * PART
        yield b"\nlast.example\n"

    list(lists.read([b"warm.example\n"], format=Format.DOMAINS))  # What the first reading imports is not its memory.
    reading = lists.read(flood(), format=Format.DOMAINS)
    tracemalloc.start()
    names = [row.name for row in reading]
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert names == ["first.example", "last.example"]
    assert [(fault.line, fault.column) for fault in reading.faults] == [(2, lists.MAX_LINE_BYTES + 1)]
    assert "longer than 8,192 bytes" in reading.faults[0].what
    assert peak_bytes < 3_000_000


def test_a_plain_name_before_endless_spaces_is_a_line_that_is_too_long() -> None:
    reading = lists.read(cut(b"bad.example" + b" " * 20_000 + b"\n", 1000), format=Format.DOMAINS)

    assert list(reading) == []
    assert reading.fault_count == 1


def test_bytes_that_are_no_text_are_refused_at_their_column() -> None:
    reading = lists.read(["bücher".encode() + b"\xff.example\ngood.example\n"], format=Format.DOMAINS)

    assert [row.name for row in reading] == ["good.example"]
    assert (reading.faults[0].line, reading.faults[0].column) == (1, 7)
    assert "UTF-8" in reading.faults[0].what


def test_a_byte_order_mark_belongs_to_no_name() -> None:
    assert [row.name for row in lists.read([b"\xef\xbb\xbfbad.example"], format=Format.DOMAINS)] == ["bad.example"]


def test_a_file_is_read_in_parts_and_not_in_lines() -> None:
    parts = list(lists.chunks(io.BytesIO(b"a" * 200_000)))

    assert max(map(len, parts)) <= PART
    assert b"".join(parts) == b"a" * 200_000


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"# Title\n0.0.0.0 bad.example\n", Format.HOSTS),
        (b"127.0.0.1 localhost\n::1 localhost\n", Format.HOSTS),
        (b"# Title\nbad.example\nworse.example\n", Format.DOMAINS),
        (b"*.bad.example\n", Format.DOMAINS),
        ("bücher.example\n".encode(), Format.DOMAINS),
        (b"[Adblock Plus]\n! Title\n||bad.example^\n", Format.ADBLOCK),
        (b"! Title: x\n||bad.example^$third-party\n", Format.ADBLOCK),
        (b"# Title\nlocal=/bad.example/\n", Format.DNSMASQ),
        (b"address=/bad.example/#\n", Format.DNSMASQ),
        (b"$TTL 60\n@ IN SOA a. b. 1 2 3 4 5\n  IN NS a.\nbad.example CNAME .\n", Format.RPZ),
        (b"; Title\nbad.example 60 IN CNAME .\n", Format.RPZ),
    ],
)
def test_the_format_is_known_by_the_beginning(head: bytes, format: Format) -> None:
    assert lists.sniff(head) == format


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n\n# only notes\n",
        b"\x1f\x8b\x08packed",
        b"PK\x03\x04",
        b"<!DOCTYPE html><p>bad.example",
        b"bad\0.example",
        b"two words here\n",
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(head: bytes) -> None:
    with pytest.raises(NotAList) as refused:
        lists.sniff(head)

    assert str(refused.value).endswith(".")


@given(st.binary(max_size=300), st.sampled_from(list(Format)))
def test_no_bytes_break_a_reading(data: bytes, format: Format) -> None:
    reading = lists.read([data], format=format)

    for row in reading:
        assert row.name.isascii()
    assert reading.fault_count >= len(reading.faults)
