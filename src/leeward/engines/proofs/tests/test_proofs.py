"""A challenge is solved with about the work that it asks for, counts for a while, and cannot be made up."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import proofs

SECRET = b"a secret of the tests"
AT = 1_795_000_000.0
NONCE = bytes(range(proofs.NONCE_BYTES))
BITS = 6  # Solved in some hundred microseconds.

nonces = st.binary(min_size=proofs.NONCE_BYTES, max_size=proofs.NONCE_BYTES)
few_bits = st.integers(0, 8)
times = st.floats(0, 4_000_000_000)


def given_challenge(*, bits: int = BITS, at: float = AT, nonce: bytes = NONCE) -> str:
    return proofs.challenge(SECRET, at=at, bits=bits, nonce=nonce)


def solved(*, bits: int = BITS, at: float = AT) -> str:
    return proofs.solve(given_challenge(bits=bits, at=at), bits=bits)


def refused(solution: str, *, at: float = AT, secret: bytes = SECRET) -> proofs.Refusal:
    with pytest.raises(proofs.ProofRefused) as caught:
        proofs.check(secret, solution, at=at)
    return caught.value.reason


def zero_bits(text: str) -> int:
    """Count the zero bits at the beginning of SHA-256, digit by digit: slow and obvious."""
    digits = "".join(f"{byte:08b}" for byte in hashlib.sha256(text.encode()).digest())
    return len(digits) - len(digits.lstrip("0"))


@given(at=times, bits=few_bits, nonce=nonces, late_s=st.floats(0, 598))
def test_a_solved_challenge_counts_while_it_lives(at: float, bits: int, nonce: bytes, late_s: float) -> None:
    given_one = proofs.challenge(SECRET, at=at, bits=bits, nonce=nonce)

    proof = proofs.check(SECRET, proofs.solve(given_one, bits=bits), at=at + late_s)

    assert (proof.bits, proof.nonce) == (bits, nonce)
    assert at + late_s < proof.expires_at <= at + proofs.LIFE_S


@given(bits=few_bits, nonce=nonces)
def test_a_solution_is_the_challenge_and_a_number_whose_digest_begins_with_the_zeros(bits: int, nonce: bytes) -> None:
    given_one = given_challenge(bits=bits, nonce=nonce)

    challenge, _, number = proofs.solve(given_one, bits=bits).rpartition(":")

    assert challenge == given_one
    assert zero_bits(f"{challenge}:{number}") >= bits
    assert all(zero_bits(f"{challenge}:{smaller}") < bits for smaller in range(int(number)))


@given(bits=few_bits, number=st.integers(0, 10**9))
def test_a_number_counts_exactly_where_the_slow_count_of_bits_says_so(bits: int, number: int) -> None:
    solution = f"{given_challenge(bits=bits)}:{number}"

    if zero_bits(solution) >= bits:
        assert proofs.check(SECRET, solution, at=AT).bits == bits
    else:
        assert refused(solution) == proofs.Refusal.TOO_LITTLE_WORK


@given(place=st.integers(0, 43), letter=st.sampled_from("ABCXYZabcxyz0189-_+/=."))
def test_a_challenge_that_was_changed_anywhere_is_not_ours(place: int, letter: str) -> None:
    challenge, _, number = solved().rpartition(":")
    changed = challenge[:place] + letter + challenge[place + 1 :]

    if changed != challenge:
        assert refused(f"{changed}:{number}") == proofs.Refusal.NOT_OURS


@given(st.text(max_size=80))
def test_any_other_text_is_refused_by_name(text: str) -> None:
    assert refused(text) == proofs.Refusal.NOT_OURS


@pytest.mark.parametrize("number", ["", "-1", "+1", "1.0", " 1", "1 ", "٣", "1" * 16, "0x1"])
def test_the_number_is_a_short_row_of_plain_digits(number: str) -> None:
    assert refused(f"{given_challenge(bits=0)}:{number}") == proofs.Refusal.NOT_OURS


def test_the_other_alphabet_of_base64_does_not_spell_the_same_challenge_twice() -> None:
    given_one = next(
        text for number in range(256) if "_" in (text := given_challenge(bits=0, nonce=bytes([number]) * 12))
    )

    assert proofs.check(SECRET, f"{given_one}:0", at=AT)
    assert refused(f"{given_one.replace('_', '/')}:0") == proofs.Refusal.NOT_OURS


def test_a_challenge_of_another_secret_is_not_ours() -> None:
    assert refused(solved(), secret=b"another secret") == proofs.Refusal.NOT_OURS


def test_a_challenge_ends_after_ten_minutes() -> None:
    assert refused(solved(), at=AT + proofs.LIFE_S) == proofs.Refusal.EXPIRED
    assert proofs.check(SECRET, solved(), at=AT + proofs.LIFE_S - 1)


def test_the_clock_of_another_server_may_go_a_minute_wrong_and_not_an_hour() -> None:
    assert proofs.check(SECRET, solved(), at=AT - 30)
    assert refused(solved(), at=AT - 3600) == proofs.Refusal.EXPIRED


def test_each_further_bit_doubles_the_work() -> None:
    tries = {
        bits: sum(
            int(proofs.solve(given_challenge(bits=bits, nonce=bytes([number]) * 12), bits=bits).rpartition(":")[2]) + 1
            for number in range(200)
        )
        / 200
        for bits in (4, 8)
    }

    # The mean of 200 draws is within a third of 2**bits; the nonces are fixed, so this is the same each time.
    assert all(2**bits * 2 / 3 < mean < 2**bits * 4 / 3 for bits, mean in tries.items())


def test_a_challenge_and_ten_digits_fit_into_one_block_of_the_digest() -> None:
    given_one = given_challenge()

    assert given_one.isascii()
    assert len(f"{given_one}:{10**9}") <= 55  # 64 bytes less 9 of padding, FIPS 180-4, 5.1.1.


@pytest.mark.parametrize(("bits", "nonce"), [(-1, NONCE), (41, NONCE), (4, b"short"), (4, bytes(13))])
def test_terms_that_make_no_challenge_are_refused_where_it_is_made(bits: int, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="12 bytes and 0 to 40 bits"):
        given_challenge(bits=bits, nonce=nonce)
