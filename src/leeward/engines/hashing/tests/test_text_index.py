"""The index of texts finds what comparing with all would find, and forgets what it is told to forget."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.hashing import text

ZERO = "T1" + "0" * 70


def near_zero(number: int) -> str:
    """Return a digest that is `number` % 90 steps from ZERO."""
    steps = number % 90
    return "T1" + "0" * 6 + ("5" * (steps // 2) + ("1" if steps % 2 else "")).ljust(64, "0")


def test_the_nearest_comes_first_then_the_lowest_key() -> None:
    index = text.TextIndex()
    for key, steps in ((5, 3), (1, 4), (3, 3), (9, 31), (2, 30)):
        index.add(key, near_zero(steps))

    assert index.near(ZERO) == [(3, 3), (5, 3), (1, 4), (2, 30)]
    assert index.near(ZERO, within=3) == [(3, 3), (5, 3)]


def test_an_empty_index_finds_nothing() -> None:
    assert text.TextIndex().near(ZERO, within=10_000) == []


def test_a_key_that_is_added_again_has_its_new_digest_only() -> None:
    index = text.TextIndex()
    index.add(1, near_zero(60))

    index.add(1, near_zero(2))

    assert len(index) == 1
    assert index.near(ZERO, within=100) == [(1, 2)]


def test_a_key_is_removed_once() -> None:
    index = text.TextIndex()
    index.add(1, ZERO)

    assert (index.remove(1), index.remove(1), len(index)) == (True, False, 0)
    assert index.near(ZERO) == []


CHANGES = st.lists(
    st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 120), st.integers(0, 200)), max_size=300
)


@given(changes=CHANGES, within=st.integers(0, 100))
@settings(max_examples=60)
def test_after_any_changes_it_finds_what_comparing_with_all_finds(
    changes: list[tuple[str, int, int]], within: int
) -> None:
    index, kept = text.TextIndex(), dict[int, str]()

    for change, key, number in changes:
        if change == "add":
            index.add(key, near_zero(number))
            kept[key] = near_zero(number)
        else:
            assert index.remove(key) is (kept.pop(key, None) is not None)

    expected = [(key, text.distance(ZERO, digest)) for key, digest in kept.items()]
    assert len(index) == len(kept)
    assert index.near(ZERO, within=within) == sorted(
        (found for found in expected if found[1] <= within), key=lambda found: (found[1], found[0])
    )
