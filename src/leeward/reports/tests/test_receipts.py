"""Receipt codes: read in any writing of digits, and every usual slip of the finger is found."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leeward.reports import receipts
from leeward.reports.tests.ana import code_of

CODES = st.integers(0, 10**14 - 1).map(code_of)
ZEROS = sorted(chr(point) for point in range(0x10FFFF) if unicodedata.decimal(chr(point), None) == 0)


@given(code=CODES, place=st.integers(0, 15), digit=st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_found(code: str, place: int, digit: str) -> None:
    assume(code[place] != digit)

    with pytest.raises(receipts.SlipOfTheFinger):
        receipts.read(code[:place] + digit + code[place + 1 :])


@given(code=CODES, place=st.integers(0, 14))
def test_every_swap_of_neighbours_is_found(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])

    with pytest.raises(receipts.SlipOfTheFinger):
        receipts.read(code[:place] + code[place + 1] + code[place] + code[place + 2 :])


@given(code=CODES, place=st.integers(0, 15))
def test_a_missing_or_doubled_digit_is_found(code: str, place: int) -> None:
    for slip in (code[:place] + code[place + 1 :], code[:place] + code[place] + code[place:]):
        with pytest.raises(receipts.SlipOfTheFinger):
            receipts.read(slip)


@given(code=CODES, zero=st.sampled_from(ZEROS))
def test_a_code_is_read_in_every_writing_of_digits(code: str, zero: str) -> None:
    written = "".join(chr(ord(zero) + int(digit)) for digit in code)

    assert receipts.read(written) == code


def test_arabic_indic_digits_are_read() -> None:
    code = code_of(12345678901234)
    written = receipts.grouped(code).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    assert receipts.read(written) == code


@given(code=CODES)
def test_a_code_is_shown_in_four_groups_of_four_and_read_with_or_without_them(code: str) -> None:
    shown = receipts.grouped(code)

    assert [len(group) for group in shown.split(" ")] == [4, 4, 4, 4]
    for typed in (shown, code, shown.replace(" ", "-"), f"  {shown}\n", shown.replace(" ", "\N{NO-BREAK SPACE}")):
        assert receipts.read(typed) == code


@pytest.mark.parametrize("typed", ["", "hello", "²²²²²²²²²²²²²²²²", "1" * 4000])
def test_what_is_no_code_is_a_slip_of_the_finger(typed: str) -> None:
    with pytest.raises(receipts.SlipOfTheFinger):
        receipts.read(typed)


def test_new_codes_are_well_formed_and_differ() -> None:
    codes = {receipts.new() for _ in range(500)}

    assert len(codes) == 500
    assert all(receipts.read(code) == code for code in codes)


def test_one_key_has_one_code_and_another_key_another() -> None:
    assert receipts.for_key("key 1") == receipts.for_key("key 1") == receipts.read(receipts.for_key("key 1"))
    assert receipts.for_key("key 1") != receipts.for_key("key 2")


def test_the_kept_digest_does_not_hold_the_code() -> None:
    code = receipts.new()

    digest = receipts.digest(code)

    assert len(digest) == 32
    assert code.encode() not in digest
