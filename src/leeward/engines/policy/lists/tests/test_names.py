"""Names in other letters are taken when they are what they look like, and the quick way agrees with the careful one."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leeward.engines import policy
from leeward.engines.policy import lists
from leeward.engines.policy.lists import Format, _careful


def taken(text: str) -> list[str]:
    return [row.name for row in lists.read([text.encode()], format=Format.DOMAINS)]


def refusal(text: str) -> tuple[int, str]:
    reading = lists.read([text.encode()], format=Format.DOMAINS)
    assert list(reading) == []
    return reading.faults[0].column, reading.faults[0].what


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("тоглоом.example", "xn--c1aaafa2bb.example"),
        ("例え。example", "xn--r8jz45g.example"),
        ("xn--pple-43d.example", "xn--pple-43d.example"),
    ],
)
def test_a_name_in_other_letters_is_taken_in_its_one_form(written: str, meant: str) -> None:
    expected = meant if written != "тоглоом.example" else policy.normalise(written)

    assert taken(written) == [expected]


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("good.\u0430pple.example", 6, "Cyrillic and Latin"),
        ("\u03bfk.example", 1, "Greek and Latin"),
        ("help\u00adline.example", 1, "write the xn-- form"),
        ("\uff42\uff41\uff44.example", 1, "write the xn-- form"),
        ("zero\u200bwidth.example", 1, "write the xn-- form"),
        ("xn--a.example", 1, "copy the name"),
    ],
)
def test_a_name_that_could_be_taken_for_another_is_refused(text: str, column: int, part: str) -> None:
    place, what = refusal(text)

    assert place == column
    assert part in what


WORDS = "com.co.uk.example.github.io.ck.www.kawasaki.jp.city.xn--p1ai.рф.a-b.0x1.xn--.-._dmarc.7.A.ab--c.*.s3"
PIECES = st.sampled_from([*WORDS.split("."), "", "l" * 63, "l" * 64])
NAMES = st.lists(PIECES, min_size=1, max_size=6).map(".".join) | st.text("aZ-_.x0n7*ü", max_size=20)


@given(NAMES)
@example("xn--a.example")
@example("www.ck")
@example("anything.ck")
@example(".".join(["l" * 63] * 4))
@example(".".join(["l" * 49] * 5) + ".abc")
def test_the_quick_way_takes_what_the_careful_way_takes_and_nothing_else(name: str) -> None:
    try:
        slow = [_careful.checked(name, column=1)]
    except lists._values.Refused:
        slow = []

    assert taken(name + "\n") == (slow if "#" not in name and not _is_number(name) else [])


def _is_number(name: str) -> bool:
    return bool(re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name))


@given(NAMES)
def test_whatever_the_quick_test_of_public_suffixes_denies_is_none(name: str) -> None:
    try:
        host = policy.normalise(name)
    except policy.NotAHostName:
        return

    assert _careful.may_be_public(host) or not policy.is_public_suffix(host)


def test_the_quick_test_knows_every_rule_of_the_list() -> None:
    beginnings, starred = _careful._rules()

    assert {"com", "co", "github", "www"} <= beginnings | {"www"}
    assert {"ck", "kawasaki.jp"} <= starred
    assert not _careful.may_be_public("bad.example")


@given(st.text(max_size=200), st.sampled_from(list(Format)))
def test_whatever_stands_in_a_list_gives_normalised_names_and_faults_inside_it(text: str, format: Format) -> None:
    reading = lists.read([text.encode(errors="surrogatepass")], format=format)

    rows = list(reading)

    assert all(policy.normalise(row.name) == row.name and not policy.is_public_suffix(row.name) for row in rows)
    lines = text.split("\n")
    for fault in reading.faults + reading.left_out:
        assert 1 <= fault.line <= len(lines)
        assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1
        assert fault.what.endswith(".")
