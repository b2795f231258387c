"""A value is kept in one spelling, and what does not fit its kind is refused."""

from __future__ import annotations

import pytest

from leeward.indicators import services as indicators
from leeward.indicators.models import Kind


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (Kind.PDQ, "AB" * 32, "ab" * 32),
        (Kind.MD5, " D41D8CD98F00B204E9800998ECF8427E\n", "d41d8cd98f00b204e9800998ecf8427e"),
        (Kind.SHA1, "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (Kind.SHA256, "0F" * 32, "0f" * 32),
        (Kind.DOMAIN, "BAD.Example.", "bad.example"),
        (Kind.DOMAIN, "bücher.example", "xn--bcher-kva.example"),
        (Kind.URL, "HTTPS://Bad.Example:443/a/../b#part", "https://bad.example/b"),
    ],
)
def test_a_value_is_kept_in_one_spelling(kind: Kind, typed: str, kept: str) -> None:
    assert indicators.normal(kind, typed) == kept
    assert indicators.normal(kind, kept) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.PDQ, "ab" * 31),
        (Kind.PDQ, "ab" * 33),
        (Kind.PDQ, "xy" * 32),
        (Kind.MD5, ""),
        (Kind.MD5, "d41d8cd9 8f00b204e9800998ecf8427e"),
        (Kind.SHA1, "٠" * 40),
        (Kind.SHA256, "0x" + "0f" * 31),
        (Kind.DOMAIN, ""),
        (Kind.DOMAIN, "two words.example"),
        (Kind.DOMAIN, "192.0.2.7"),
        (Kind.DOMAIN, "https://bad.example/"),
        (Kind.URL, "bad.example"),
        (Kind.URL, "ftp://bad.example/"),
        (Kind.URL, "https://somebody:secret@bad.example/"),
        (Kind.URL, "https://bad.example/" + "x" * 2048),
        (Kind.URL, "https://bad.example/\x00"),
    ],
)
def test_what_does_not_fit_is_refused_with_words_that_do_not_repeat_it(kind: Kind, typed: str) -> None:
    with pytest.raises(indicators.NotASign) as refusal:
        indicators.normal(kind, typed)

    words = str(refusal.value)
    assert len(words.split()) > 3
    assert not typed or typed not in words
    assert "secret" not in words
