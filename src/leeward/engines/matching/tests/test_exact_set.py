"""The exact set finds the keys of a value, and only those."""

from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.matching import ExactSet

values = st.sampled_from(["bad.example", "BAD.EXAMPLE", b"bad.example", b"", "", "ab"])
steps = st.lists(st.tuples(st.integers(0, 6), st.one_of(st.none(), values)), max_size=40)


def test_a_value_is_found_under_all_its_keys_lowest_first() -> None:
    held = ExactSet()
    held.add(9, "bad.example")
    held.add(2, "bad.example")

    assert held.find("bad.example") == [2, 9]
    assert held.find("good.example") == []
    assert len(held) == 2


def test_text_and_bytes_and_capitals_are_different_values() -> None:
    held = ExactSet()
    held.add(1, "ab")

    assert held.find(b"ab") == []
    assert held.find("AB") == []


def test_a_key_added_again_has_only_the_new_value() -> None:
    held = ExactSet()
    held.add(1, "old.example")
    held.add(1, "new.example")

    assert held.find("old.example") == []
    assert held.find("new.example") == [1]
    assert len(held) == 1


def test_a_removal_may_be_told_twice() -> None:
    held = ExactSet()
    held.add(1, "bad.example")

    assert held.remove(1) is True
    assert held.remove(1) is False
    assert held.find("bad.example") == []


@given(steps=steps)
def test_it_holds_what_a_plain_dictionary_holds(steps: list[tuple[int, bytes | str | None]]) -> None:
    held, plain = ExactSet(), dict[int, bytes | str]()
    for key, value in steps:
        if value is None:
            assert held.remove(key) == (plain.pop(key, None) is not None)
        else:
            held.add(key, value)
            plain[key] = value

    assert len(held) == len(plain)
    for value in ("bad.example", "BAD.EXAMPLE", b"bad.example", b"", "", "ab"):
        assert held.find(value) == sorted(key for key, kept in plain.items() if kept == value)
