"""Seal and open: judged by the RFC's own vectors, by another library, and by every bit that somebody could turn."""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hpke as judge
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import sealing
from leeward.engines.sealing import hpke

ANA = sealing.Pair(bytes(range(32)), sealing.public_of(bytes(range(32))))
WORDS = "тусламж хэрэгтэй".encode()
SUITE = judge.Suite(judge.KEM.X25519, judge.KDF.HKDF_SHA256, judge.AEAD.AES_256_GCM)

# RFC 9180, A.1.1: DHKEM(X25519, HKDF-SHA256) in base mode. The shared secret does not depend on the cipher.
ONCE = bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
ENC = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
TO_PRIVATE = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
TO = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
SHARED = bytes.fromhex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc")


def test_the_shared_secret_is_that_of_the_rfc_on_both_sides() -> None:
    assert (sealing.public_of(ONCE), sealing.public_of(TO_PRIVATE)) == (ENC, TO)
    assert hpke._shared(ONCE, TO, enc=ENC, to=TO) == SHARED
    assert hpke._shared(TO_PRIVATE, ENC, enc=ENC, to=TO) == SHARED


def test_another_library_opens_what_we_seal_and_we_open_what_it_seals() -> None:
    private = X25519PrivateKey.from_private_bytes(ANA.private)

    ours = sealing.seal(ANA.public, WORDS, info=sealing.INFO, aad=b"")
    theirs = SUITE.encrypt(WORDS, private.public_key(), sealing.INFO)

    assert SUITE.decrypt(ours, private, sealing.INFO) == WORDS
    assert sealing.open_sealed(ANA.private, theirs, info=sealing.INFO, aad=b"") == WORDS
    with pytest.raises(InvalidTag):
        SUITE.decrypt(ours, private, b"other")


def slow_shared(private: bytes, public: bytes, *, enc: bytes, to: bytes) -> bytes:
    """ExtractAndExpand, word for word from the RFC."""
    suite_id = b"KEM" + b"\x00\x20"
    dh = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    eae_prk = hmac.new(b"\x00" * 32, b"HPKE-v1" + suite_id + b"eae_prk" + dh, sha256).digest()
    labelled_info = b"\x00\x20" + b"HPKE-v1" + suite_id + b"shared_secret" + enc + to
    return HKDFExpand(hashes.SHA256(), 32, labelled_info).derive(eae_prk)


@given(once=st.binary(min_size=32, max_size=32), to=st.binary(min_size=32, max_size=32))
def test_the_shared_secret_is_that_of_the_slow_reference(once: bytes, to: bytes) -> None:
    enc, public = sealing.public_of(once), sealing.public_of(to)

    assert hpke._shared(once, public, enc=enc, to=public) == slow_shared(once, public, enc=enc, to=public)


@given(words=st.binary(max_size=5000), info=st.binary(max_size=40), aad=st.binary(max_size=80))
def test_what_is_sealed_is_opened_and_no_longer_than_promised(words: bytes, info: bytes, aad: bytes) -> None:
    sealed = sealing.seal(ANA.public, words, info=info, aad=aad)

    assert sealing.open_sealed(ANA.private, sealed, info=info, aad=aad) == words
    assert len(sealed) == len(words) + sealing.OVERHEAD_BYTES


def test_each_bit_of_a_sealed_message_counts() -> None:
    sealed = sealing.seal(ANA.public, b"short", info=b"i", aad=b"a")
    opened = []
    # The highest bit of an X25519 key is masked away (RFC 7748, section 5), but the key stands in the context, so it counts.
    for place in range(8 * len(sealed)):
        turned = bytearray(sealed)
        turned[place // 8] ^= 1 << place % 8
        try:
            opened.append(sealing.open_sealed(ANA.private, bytes(turned), info=b"i", aad=b"a"))
        except sealing.NotOpened:
            continue

    assert opened == []


@given(place=st.integers(0, 10**6), what=st.sampled_from(["info", "aad", "private"]))
def test_a_bit_of_what_it_is_bound_to_counts_as_well(place: int, what: str) -> None:
    given_ = {"info": b"information", "aad": b"bound to this", "private": ANA.private}
    sealed = sealing.seal(ANA.public, WORDS, info=given_["info"], aad=given_["aad"])
    turned = bytearray(given_[what])
    # X25519 ignores some bits of a private key (RFC 7748): turn one in the middle of it.
    at = place % len(turned) if what != "private" else 1 + place % 30
    turned[at] ^= 1 << place % 8
    given_[what] = bytes(turned)

    with pytest.raises(sealing.NotOpened):
        sealing.open_sealed(given_["private"], sealed, info=given_["info"], aad=given_["aad"])


@given(st.binary(max_size=200))
def test_noise_is_refused_and_breaks_nothing(noise: bytes) -> None:
    with pytest.raises(sealing.NotOpened):
        sealing.open_sealed(ANA.private, noise, info=b"", aad=b"")


@pytest.mark.parametrize("low", [bytes(32), b"\x01" + bytes(31)])
def test_a_key_that_agrees_on_nothing_is_refused(low: bytes) -> None:
    with pytest.raises(sealing.NotOpened):
        sealing.open_sealed(ANA.private, low + bytes(16), info=b"", aad=b"")
    with pytest.raises(ValueError, match=r"."):
        sealing.seal(low, WORDS, info=b"", aad=b"")


def test_the_same_words_are_sealed_differently_each_time() -> None:
    assert len({sealing.seal(ANA.public, WORDS, info=b"", aad=b"") for _ in range(20)}) == 20


def test_what_binds_a_message_differs_by_talk_sender_and_number() -> None:
    one, two = UUID(int=1), UUID(int=2)

    bound = {
        sealing.aad(one, "child", one),
        sealing.aad(two, "child", one),
        sealing.aad(one, "counsellor", one),
        sealing.aad(one, "child", two),
        sealing.note_aad(one, one),
        sealing.private_aad(one, bytes(32)),
    }

    assert len(bound) == 6


def test_a_code_gives_the_same_on_this_site_and_something_else_elsewhere() -> None:
    code, site = "1234567890123416", b"salt of a site"

    opening = sealing.from_code(code, site=site)

    assert opening == sealing.from_code(code, site=site)
    assert opening.public == sealing.public_of(opening.private)
    others = [sealing.from_code(code, site=b"another"), sealing.from_code("1234567890123417", site=site)]
    assert (
        len({opening.finder, opening.private, *(one.finder for one in others), *(one.private for one in others)}) == 6
    )
