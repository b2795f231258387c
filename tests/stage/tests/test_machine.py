"""What is missing on a machine is named with the way to install it: a skip at a desk, a failure in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage import machine


def test_what_is_missing_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        machine.missing("Chromium", install=machine.CHROMIUM)


def test_what_is_missing_skips_at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="brew install redis"):
        machine.missing("Redis", install=machine.REDIS)


def test_a_program_is_taken_from_the_named_folder_before_the_path(tmp_path: Path) -> None:
    own = tmp_path / "sh"
    own.touch(mode=0o755)

    assert machine.program("sh", beside=[tmp_path / "nothing", tmp_path]) == own
    assert machine.program("no-such-program") is None
