"""The keys of the setting: newest first, and a wrong one is counted and never shown."""

from __future__ import annotations

import base64

import pytest

from leeward.age import token_keys
from leeward.core.settings import WrongSetting

NEW, OLD = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


def _ids(text: str) -> list[str | None]:
    return [key.kid for key in token_keys.parse(text).keys]


def test_keys_stay_in_the_order_of_the_setting() -> None:
    assert _ids(f"{NEW},{OLD}") == [*_ids(NEW), *_ids(OLD)]
    assert _ids(f"{OLD}\n{NEW}") == [*_ids(OLD), *_ids(NEW)]
    assert _ids(NEW) != _ids(OLD)


@pytest.mark.parametrize("empty", ["", " ", ",\n,"])
def test_no_key_is_a_wrong_setting(empty: str) -> None:
    with pytest.raises(WrongSetting, match="is empty"):
        token_keys.parse(empty)


@pytest.mark.parametrize(
    "wrong", ["no-base64!", base64.b64encode(b"a" * 31).decode(), base64.b64encode(bytes(32)).decode()]
)
def test_a_wrong_key_is_counted_and_not_shown(wrong: str) -> None:
    with pytest.raises(WrongSetting, match="entry 2") as refused:
        token_keys.parse(f"{NEW},{wrong}")
    assert wrong not in str(refused.value)
