import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import policy

NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Bad.Example", "bad.example"),
        ("bad.example.", "bad.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("bücher。example", "xn--bcher-kva.example"),
        ("my_shop.bad.example", "my_shop.bad.example"),
        ("r3---sn-abc.bad.example", "r3---sn-abc.bad.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_a_host_name_has_one_written_form(written: str, meant: str) -> None:
    assert policy.normalise(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "bad..example",
        ".bad.example",
        "bad.example..",
        "192.0.2.1",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "::1",
        "[2001:db8::1]",
        "bad example",
        "bad\n.example",
        "bad\x00.example",
        "\ud800.example",
        "-bad.example",
        "bad-.example",
        "*.bad.example",
        "http://bad.example",
        "bad.example/door",
        "xn--.example",
        "xn--a.example",
        "a" * 64 + ".example",
        "ü" * 60 + ".example",
        ".".join(["abcdefg"] * 32),
    ],
)
def test_what_is_no_host_name_is_refused_with_a_next_step(text: str) -> None:
    with pytest.raises(policy.NotAHostName) as refused:
        policy.normalise(text)

    assert refused.value.place
    assert refused.value.next_step


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(policy.NotAHostName) as refused:
        policy.normalise("wondrous name.example")

    assert "wondrous" not in str(refused.value)
    assert refused.value.place == "character 9"


@pytest.mark.parametrize("name", ["com", "*.com", "co.uk", "*.co.uk", "example", "github.io", "localhost"])
def test_a_public_suffix_is_never_blocked(name: str) -> None:
    with pytest.raises(policy.PublicSuffix):
        policy.blockable(name, never_block=NOBODY)


def test_a_star_before_a_host_is_refused_because_a_block_covers_what_is_below() -> None:
    with pytest.raises(policy.NotAHostName, match="leave it out"):
        policy.blockable("*.bad.example", never_block=NOBODY)


@pytest.mark.parametrize(
    "name", ["help.line.example", "line.example", "LINE.example.", "www.help.line.example", "a.chat.help.line.example"]
)
def test_a_helpline_and_what_is_above_or_below_it_is_never_blocked(name: str) -> None:
    with pytest.raises(policy.NeverBlocked):
        policy.blockable(name, never_block=frozenset({"help.line.example"}))


def test_a_neighbour_of_a_helpline_may_be_blocked() -> None:
    for name in ("bad.line.example", "nohelp.line.example", "line.help.example"):
        assert policy.blockable(name, never_block=frozenset({"help.line.example"})) == name


@given(st.text(max_size=80) | st.text("aü.-_*1 xnß", max_size=40))
def test_a_normalised_name_stays_as_it_is(text: str) -> None:
    try:
        once = policy.normalise(text)
    except policy.NotAHostName:
        return

    assert policy.normalise(once) == once
    assert len(once) <= 253
    assert once.isascii()
