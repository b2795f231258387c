"""Somebody keeps a copy of the register with `examples/age/watch_keys.py`, and notices what was done to it since."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from leeward.age.blind import keyring, register, wire
from leeward.age.blind.models import BlindEntry, BlindKey, BlindRegister
from leeward.age.blind.statements import Statement
from leeward.age.levels import Level

SCRIPT = Path(__file__).parents[5] / "examples" / "age" / "watch_keys.py"
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

type Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def watch() -> ModuleType:
    """The script of the examples, as a module."""
    spec = importlib.util.spec_from_file_location("watch_keys", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_keys(*weeks: int) -> None:
    for week in weeks:
        for is_over in (True, False):
            keyring.current(Statement(is_over, 16, Level.STANDARD), at=AT + timedelta(days=7 * week))


def read(after: int) -> str:
    """Return the register as the door gives it."""
    return "".join(json.dumps(line) + "\n" for line in register.lines(after=after))


@pytest.mark.django_db
def test_a_copy_is_carried_on_in_parts(watch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "AT_ONCE", 3)
    make_keys(0, 1)
    copy: Lines = watch.carried_on([], read)
    make_keys(2, 3)

    new: Lines = watch.carried_on(copy, read)

    assert [line["number"] for line in (*copy, *new)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert watch.carried_on([*copy, *new], read) == []


def last_rewritten() -> None:
    """Put another key in the place of the last one, so that the register is whole in itself."""
    last, before = BlindEntry.objects.get(number=4), BlindEntry.objects.get(number=3)
    BlindKey.objects.filter(kid=last.kid).delete()
    last.delete()
    BlindRegister.objects.update(number=3, digest=before.digest)
    make_keys(1)


def rewritten() -> None:
    """Write the whole register anew."""
    for model in (BlindEntry, BlindRegister):
        model.objects.all().delete()
    BlindKey.objects.all().delete()
    make_keys(0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rewritten, "Line 4 does not follow"),
        (last_rewritten, "Line 4 is gone, or says something else"),
        (lambda: BlindEntry.objects.filter(number=4).delete(), "Line 4 is gone"),
        (lambda: BlindEntry.objects.filter(number=4).update(level=2), "Line 4 has another digest"),
        (lambda: BlindEntry.objects.filter(number=4).update(number=9), "Line 4 does not follow"),
    ],
)
def test_what_was_done_to_the_register_is_noticed(watch: ModuleType, change: Callable[[], object], said: str) -> None:
    make_keys(0, 1)
    copy = watch.carried_on([], read)
    change()

    with pytest.raises(watch.Broken, match=said):
        watch.carried_on(copy, read)


@pytest.mark.django_db
def test_a_second_key_for_one_week_is_noticed(watch: ModuleType) -> None:
    make_keys(0)
    [line] = watch.carried_on([], lambda after: read(after).splitlines()[0] if after == 0 else "")
    second = {**line, "number": 2, "kid": "A" * 43, "previous": line["digest"]}
    chained = json.dumps(
        {name: value for name, value in second.items() if name not in watch.NOT_CHAINED},
        sort_keys=True,
        separators=(",", ":"),
    )
    digest = hashlib.sha256(watch.octets(line["digest"]) + chained.encode()).digest()
    second["digest"] = wire.encoded(digest)

    with pytest.raises(watch.Broken, match="a second key for the same age"):
        watch.check(second, [line])


@pytest.mark.django_db(transaction=True)
def test_the_script_keeps_its_copy_in_a_file_and_nothing_of_a_register_that_changed(
    live_server: LiveServer, watch: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(0, 1)
    copy = tmp_path / "keys.jsonl"

    ended = [watch.main(live_server.url, str(copy)) for _ in range(2)]
    kept = copy.read_text()
    rewritten()
    ended.append(watch.main(live_server.url, str(copy)))

    assert (ended, len(kept.splitlines()), copy.read_text()) == ([0, 0, 1], 4, kept)
    assert "4 lines, 4 of them new.\n4 lines, 0 of them new." in capsys.readouterr().out
