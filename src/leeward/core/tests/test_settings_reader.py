from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from leeward.core.config import SECTIONS
from leeward.core.settings import WrongSetting, describe, option, read, unknown
from leeward.core.tests.lamps import CANARY


@dataclass(frozen=True)
class Lighthouse:
    """A section that has each type once."""

    is_lit: bool = option(False, help="Whether it shines.")
    steps: int = option(99, unit="steps", help="How many steps lead up.")
    turn_s: float = option(12.5, unit="s", help="How long one turn takes.")
    keeper: str = option("nobody", unit="text", help="Who keeps it.")
    folder: Path = option(Path("logs"), unit="path", help="Where it writes.")  # noqa: RUF009  # `option` declares a field
    signals: tuple[str, ...] = option(("long", "short"), unit="words", help="What it shows.")
    password: str = option("", unit="text", help="Opens the door.", secret=True)
    key: str = option("", unit="text", help="Locks the door.", secret=True, made=True)


def test_nothing_set_means_the_defaults() -> None:
    assert read(Lighthouse, {}) == Lighthouse()


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("LEEWARD_IS_LIT", "yes", "is_lit", True),
        ("LEEWARD_IS_LIT", "OFF", "is_lit", False),
        ("LEEWARD_STEPS", "0", "steps", 0),
        ("LEEWARD_TURN_S", "0.25", "turn_s", 0.25),
        ("LEEWARD_KEEPER", "", "keeper", ""),
        ("LEEWARD_FOLDER", "/srv/logs", "folder", Path("/srv/logs")),
        ("LEEWARD_SIGNALS", "long, long ,,short", "signals", ("long", "long", "short")),
        ("LEEWARD_SIGNALS", "", "signals", ()),
    ],
)
def test_each_type_is_read(name: str, text: str, field: str, value: object) -> None:
    assert getattr(read(Lighthouse, {name: text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("LEEWARD_IS_LIT", "perhaps", "LEEWARD_IS_LIT must be true or false; correct it"),
        ("LEEWARD_STEPS", "many", r"LEEWARD_STEPS must be a whole number, 0 or more \(steps\)"),
        ("LEEWARD_STEPS", "1.5", r"LEEWARD_STEPS .*\(steps\)"),
        ("LEEWARD_STEPS", "-1", r"LEEWARD_STEPS .*\(steps\)"),
        ("LEEWARD_TURN_S", "fast", r"LEEWARD_TURN_S must be a number, 0 or more \(s\)"),
        ("LEEWARD_TURN_S", "nan", r"LEEWARD_TURN_S .*\(s\)"),
        ("LEEWARD_TURN_S", "inf", r"LEEWARD_TURN_S .*\(s\)"),
        ("LEEWARD_TURN_S", "-1", r"LEEWARD_TURN_S .*\(s\)"),
    ],
)
def test_a_wrong_value_names_itself_and_its_unit(name: str, text: str, words: str) -> None:
    with pytest.raises(WrongSetting, match=words) as refused:
        read(Lighthouse, {name: text})
    assert text not in str(refused.value).replace("correct it and start again", "").removeprefix(name)


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{CANARY}\n")

    assert read(Lighthouse, {"LEEWARD_PASSWORD_FILE": str(tmp_path / "password")}).password == CANARY


def test_a_file_that_is_not_there_is_named_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="LEEWARD_PASSWORD_FILE: the file cannot be read"):
        read(Lighthouse, {"LEEWARD_PASSWORD_FILE": str(tmp_path / "none")})


def test_a_file_that_is_no_text_is_named_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(WrongSetting, match="LEEWARD_PASSWORD_FILE: the file holds no text"):
        read(Lighthouse, {"LEEWARD_PASSWORD_FILE": str(tmp_path / "password")})


def test_a_typing_error_in_a_name_is_seen() -> None:
    names = ["LEEWARD_STEPS", "LEEWARD_STEPPS", "LEEWARD_KEEPER_FILE", "LEEWARD_KEPER_FILE", "OTHER"]

    assert unknown([Lighthouse], dict.fromkeys(names, "")) == ["LEEWARD_KEPER_FILE", "LEEWARD_STEPPS"]


def test_a_secret_is_never_shown() -> None:
    shown = {one.name: one for one in describe(Lighthouse(password=CANARY, key=""))}

    assert CANARY not in repr(shown)
    assert (shown["LEEWARD_PASSWORD"].shown, shown["LEEWARD_KEY"].shown) == ("set", "not set")


def test_every_setting_is_described_with_what_is_in_force() -> None:
    shown = {one.name: (one.unit, one.default, one.shown) for one in describe(Lighthouse(is_lit=True, signals=("on",)))}

    assert shown["LEEWARD_IS_LIT"] == ("", "false", "true")
    assert shown["LEEWARD_SIGNALS"] == ("words", "long, short", "on")
    assert shown["LEEWARD_TURN_S"] == ("s", "12.5", "12.5")
    assert shown["LEEWARD_KEY"][1] == "(made at first start)"
    assert shown["LEEWARD_PASSWORD"][1] == ""


@pytest.mark.parametrize("section", SECTIONS.values())
def test_each_of_our_settings_can_be_read_and_says_what_it_does(section: type) -> None:
    described = list(describe(read(section, {})))

    assert [one.name for one in described if not one.help.endswith(".")] == []
    assert [one.name for one in described if not one.unit and one.default not in {"true", "false"}] == []
