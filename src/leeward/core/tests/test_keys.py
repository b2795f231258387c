from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from leeward.core import keys
from leeward.core.settings import WrongSetting
from leeward.core.tests import lamps

OLD, NEW = keys.new_entry("1"), keys.new_entry("2")
RACERS = 8


def test_a_kept_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "secret.key"

    assert keys.kept(path, "first") == "first"
    assert keys.kept(path, "second") == "first"

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_loose_umask_does_not_open_a_kept_secret(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keys.kept(tmp_path / "secret.key", "secret")
    finally:
        os.umask(before)

    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_all_who_race_for_a_kept_secret_agree_and_no_draft_stays(tmp_path: Path) -> None:
    start = threading.Barrier(RACERS)

    def race(number: int) -> str:
        start.wait(20)
        return keys.kept(tmp_path / "secret.key", f"secret of {number}")

    with ThreadPoolExecutor(RACERS) as pool:
        answers = set(pool.map(race, range(RACERS)))

    assert answers == {(tmp_path / "secret.key").read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_entries_are_read_newest_first_from_lines_or_commas() -> None:
    assert [key.version for key in keys.parse(f"{NEW},{OLD}")] == ["2", "1"]
    assert keys.parse(f"{NEW}\n{OLD}\n") == keys.parse(f"{NEW}, {OLD}")
    assert {len(key.key) for key in keys.parse(f"{NEW},{OLD}")} == {32}


@pytest.mark.parametrize("entry", ["3:", "3:not base64!", "3:c2hvcnQ="])
def test_an_entry_that_is_no_key_names_its_version(entry: str) -> None:
    with pytest.raises(WrongSetting, match="version '3' must be 32 bytes in base64"):
        keys.parse(f"{OLD},{entry}")


def test_an_entry_without_a_version_is_refused_without_showing_the_key() -> None:
    secret = OLD.partition(":")[2]

    with pytest.raises(WrongSetting, match="entry 2 has no version") as refused:
        keys.parse(f"{NEW},{secret}")
    assert secret not in str(refused.value)


def test_a_version_that_stands_twice_is_refused() -> None:
    with pytest.raises(WrongSetting, match="version '1' stands there twice"):
        keys.parse(f"{OLD},{keys.new_entry('1')}")


@pytest.mark.parametrize("text", ["", " , \n"])
def test_no_key_at_all_is_refused(text: str) -> None:
    with pytest.raises(WrongSetting, match="leeward newkey"):
        keys.parse(text)


def test_what_was_wrapped_opens_at_its_place_only() -> None:
    version, sealed = keys.wrap(b"secret", place="blob:one")

    assert keys.unwrap(version, sealed, place="blob:one") == b"secret"
    with pytest.raises(keys.SealBroken, match="blob:two"):
        keys.unwrap(version, sealed, place="blob:two")


def test_an_older_key_still_opens_and_the_newest_one_wraps(settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    version, sealed = keys.wrap(b"secret", place="here")
    lamps.use_master_keys(settings, f"{NEW},{OLD}")

    assert keys.unwrap(version, sealed, place="here") == b"secret"
    assert keys.wrap(b"secret", place="here")[0] == "2"


def test_a_version_that_is_not_configured_is_named(settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    version, sealed = keys.wrap(b"secret", place="here")
    lamps.use_master_keys(settings, NEW)

    with pytest.raises(keys.NoSuchKey, match=r"^1$"):
        keys.unwrap(version, sealed, place="here")


def test_a_wrong_key_under_the_right_version_is_refused(settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    version, sealed = keys.wrap(b"secret", place="here")
    lamps.use_master_keys(settings, keys.new_entry("1"))

    with pytest.raises(keys.SealBroken, match="here"):
        keys.unwrap(version, sealed, place="here")


def test_a_digest_is_the_same_after_a_rotation_and_another_for_each_purpose(settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    before = keys.keyed_digest("api key", "text")

    lamps.use_master_keys(settings, f"{NEW},{OLD}")

    assert keys.keyed_digest("api key", "text") == before
    assert keys.keyed_digest("receipt", "text") != before
