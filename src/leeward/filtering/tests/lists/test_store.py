"""Names in a file are sorted, each once, and found without reading the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.policy.lists import Row
from leeward.filtering.lists import store

LABELS = st.lists(st.sampled_from(["a", "b-1", "0", "_x", "zz"]), min_size=1, max_size=3).map(".".join)
ROWS = st.lists(st.builds(Row, LABELS, st.booleans()), max_size=30)


@given(ROWS, st.integers(1, 7))
def test_what_was_written_is_read_sorted_and_found_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], run: int
) -> None:
    path = tmp_path_factory.mktemp("names") / "list"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_RUN_ROWS", run)
        count = store.write(rows, path)

    lines = path.read_text("ascii").splitlines()
    assert lines == sorted({("@" if row.resets else "") + row.name for row in rows})
    assert count == len(lines)
    for row in [*rows, Row("a"), Row("zz.zz", True), Row("b-1.0"), Row("never.example")]:
        assert store.holds(path, row) == (row in set(rows))
    assert [one.name for one in path.parent.iterdir()] == ["list"]


def test_a_list_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def breaking() -> list[Row]:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        store.write((row for row in breaking()), tmp_path / "list")

    assert list(tmp_path.iterdir()) == []
