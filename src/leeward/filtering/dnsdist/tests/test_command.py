from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leeward.core import config

from .running import program


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Set resolvers behind dnsdist and return the folder in which its files come to lie."""
    current = config.current()
    own = dataclasses.replace(current.dnsdist, dnsdist_backends=("192.0.2.53:53",))
    server = dataclasses.replace(current.server, data_dir=tmp_path)
    settings.LEEWARD = dataclasses.replace(current, dnsdist=own, server=server)
    return tmp_path / "dnsdist"


def run(what: str) -> tuple[str, str]:
    out, errors = io.StringIO(), io.StringIO()
    call_command("dnsdist", what, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def test_write_puts_both_files_and_says_what_follows(folder: Path) -> None:
    said, _ = run("write")

    assert {path.name for path in folder.iterdir()} == {"dnsdist.conf", "policy.lua"}
    assert f"dnsdist -C {folder / 'dnsdist.conf'}" in said
    assert "never reloaded" in said


def test_write_warns_where_nobody_rewrites_for_safe_search(folder: Path) -> None:
    _, warned = run("write")

    assert "LEEWARD_DNSDIST_SAFE_BACKENDS is empty" in warned


def test_check_asks_dnsdist(folder: Path) -> None:
    program("dnsdist")
    run("write")

    said, _ = run("check")

    assert said.startswith("dnsdist ")


def test_check_refuses_files_of_other_settings(folder: Path) -> None:
    run("write")
    path = folder / "dnsdist.conf"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    with pytest.raises(CommandError, match="leeward dnsdist write"):
        run("check")


@pytest.mark.usefixtures("folder")
def test_check_refuses_before_anything_was_written() -> None:
    with pytest.raises(CommandError, match="leeward dnsdist write"):
        run("check")


def test_without_resolvers_the_setting_is_named(settings: Any, folder: Path) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, dnsdist=dataclasses.replace(current.dnsdist, dnsdist_backends=()))

    with pytest.raises(CommandError, match="LEEWARD_DNSDIST_BACKENDS"):
        run("write")
    assert not folder.exists()
