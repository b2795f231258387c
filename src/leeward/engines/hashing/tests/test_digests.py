"""Digests are those of everybody else, and a stream has the digests of its bytes."""

from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.hashing import Digests, digests, digests_of_stream


def test_the_digests_of_no_bytes_are_the_published_ones() -> None:
    assert digests(b"") == Digests(
        md5="d41d8cd98f00b204e9800998ecf8427e",
        sha1="da39a3ee5e6b4b0d3255bfef95601890afd80709",
        sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    )


def test_the_digests_of_abc_are_the_published_ones() -> None:
    assert digests(b"abc") == Digests(
        md5="900150983cd24fb0d6963f7d28e17f72",
        sha1="a9993e364706816aba3e25717850c26c9cd0d89d",
        sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    )


@given(chunks=st.lists(st.binary(max_size=50), max_size=8))
def test_a_stream_has_the_digests_of_its_bytes(chunks: list[bytes]) -> None:
    assert digests_of_stream(iter(chunks)) == digests(b"".join(chunks))
