"""A target for orders that is in use is loaded, keeps what the slot asks, and one that does not load is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leeward.cases import action_targets
from leeward.cases.action_targets import ActionTarget, ActionTargetDidNotLoad, FolderTarget, NotCarriedOut
from leeward.cases.tests.targets import LAID, install, put_into_use


def check_slot(target: ActionTarget) -> None:
    """Check what every target must keep; a plug-in's own test calls this, too."""
    examples = target.examples()
    assert examples
    for example in examples:
        assert target.serves(example.order.provider)
        assert [target.carry_out(example.order) for _ in range(2)] == [example.answer] * 2


def test_our_own_target_keeps_what_the_slot_asks(settings: Any, tmp_path: Path) -> None:
    put_into_use(settings, data_dir=tmp_path)

    check_slot(FolderTarget())


def test_the_folder_holds_each_order_once_and_in_their_order(settings: Any, tmp_path: Path) -> None:
    put_into_use(settings, data_dir=tmp_path)
    examples = FolderTarget().examples()

    for example in (*reversed(examples), *examples):
        FolderTarget().carry_out(example.order)

    laid = [json.loads(file.read_text()) for file in sorted((tmp_path / "orders").iterdir())]
    assert [(one["kind"], one["sequence"], one["item_id"]) for one in laid] == [
        ("remove", 1, "photo-7"),
        ("restore", 2, "photo-7"),
    ]


def test_a_folder_that_cannot_be_written_is_tried_again(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "orders").write_text("a file where the folder should be")
    put_into_use(settings, data_dir=tmp_path)

    with pytest.raises(NotCarriedOut) as failure:
        FolderTarget().carry_out(FolderTarget().examples()[0].order)

    assert str(tmp_path) not in str(failure.value)


def test_only_a_target_that_the_operator_named_is_used(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, entry="laid = made_up_target:Laid", module=LAID)

    unnamed = dict(action_targets.in_use())
    put_into_use(settings, "laid")

    assert unnamed == {}
    assert list(action_targets.in_use()) == ["laid"]


@pytest.mark.parametrize(
    ("entry", "module", "problem"),
    [
        ("laid = made_up_target:Laid", "import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("laid = made_up_target:Laid", "raise RuntimeError", "RuntimeError"),
        ("laid = made_up_target:Absent", LAID, "AttributeError"),
        ("laid = made_up_target:Laid", "Laid = object", "it has no name"),
        ("laid = made_up_target:FolderTarget", LAID, "another name"),
        ("laid = made_up_target:Laid\nlaid = made_up_target:X", LAID, "taken twice"),
        ("other = made_up_target:Laid", LAID, "no package registers it"),
    ],
)
def test_a_target_that_does_not_load_is_named(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, module: str, problem: str
) -> None:
    install(tmp_path, monkeypatch, entry=entry, module=module)
    put_into_use(settings, "laid")

    with pytest.raises(ActionTargetDidNotLoad, match=problem) as failure:
        action_targets.in_use()

    assert "laid" in str(failure.value)
