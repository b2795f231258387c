"""The shared base: one process writes it, every process maps it, and it is never believed blindly."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from leeward.core import config
from leeward.core.models import Chain, Organisation, Record
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.screening import index, keeper, probes
from leeward.screening import services as screening
from leeward.screening.models import Answer
from leeward.screening.tests.uploads import (
    AT,
    DOCUMENT,
    digest_of,
    encoded,
    look_of,
    published,
    taken_back,
    waves,
    with_crops,
)

pytestmark = pytest.mark.django_db
FIRST, SECOND = encoded(waves(1)), encoded(waves(2))
ADDRESS = indicators.Sign(Kind.URL, "https://bad.example/shelf/", Category.OTHER)


@pytest.fixture
def _merges_at_once(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, screening=dataclasses.replace(current.screening, merge_rows=1))


def answer(harbour: Organisation, data: bytes) -> Answer:
    return screening.screen(data, asked_by=harbour, at=AT).answer


def a_new_process(monkeypatch: pytest.MonkeyPatch) -> index.Index:
    fresh = index.Index()
    monkeypatch.setattr(index, "_index", fresh)
    return fresh


def rows_beside(held: index.Index) -> int:
    held.catch_up()
    figures = held.figures()
    assert figures is not None
    return figures.delta_rows


@pytest.mark.usefixtures("_merges_at_once")
def test_a_new_process_takes_the_base_and_little_beside_it(
    harbour: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(with_crops(FIRST), digest_of(DOCUMENT), ADDRESS)
    assert keeper.Keeper().turn()
    fresh = a_new_process(monkeypatch)

    assert rows_beside(fresh) == 0
    assert (answer(harbour, FIRST), answer(harbour, DOCUMENT)) == (Answer.KNOWN, Answer.KNOWN)
    assert answer(harbour, SECOND) == Answer.CLEAR


@pytest.mark.usefixtures("_merges_at_once")
def test_a_running_process_changes_to_the_new_base_and_keeps_what_came_after(harbour: Organisation) -> None:
    published(look_of(FIRST))
    assert answer(harbour, FIRST) == Answer.KNOWN
    keeper.Keeper().turn()
    published(look_of(SECOND), source="decision:2")

    assert (answer(harbour, FIRST), answer(harbour, SECOND)) == (Answer.KNOWN, Answer.KNOWN)
    assert rows_beside(index.shared()) == 1


@pytest.mark.usefixtures("_merges_at_once")
def test_a_sign_in_the_base_that_is_taken_back_never_matches_again(
    harbour: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(with_crops(FIRST), digest_of(DOCUMENT))
    keeper.Keeper().turn()
    taken_back()
    before_the_next_base = answer(a_provider(harbour, monkeypatch), FIRST)
    assert keeper.Keeper().turn()

    assert before_the_next_base == Answer.CLEAR
    assert answer(a_provider(harbour, monkeypatch), FIRST) == Answer.CLEAR
    assert answer(harbour, DOCUMENT) == Answer.HELD


def a_provider(harbour: Organisation, monkeypatch: pytest.MonkeyPatch) -> Organisation:
    a_new_process(monkeypatch)
    return harbour


def test_nothing_is_written_while_little_lies_beside_the_base() -> None:
    published(look_of(FIRST))

    assert not keeper.Keeper().turn()
    assert not index.segment_path().exists()


def test_a_process_with_too_much_to_take_in_holds_until_the_keeper_compiled_a_base(
    harbour: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(with_crops(FIRST), digest_of(DOCUMENT), ADDRESS)
    monkeypatch.setattr(index, "MOST_BEHIND", 2)

    held = screening.screen(FIRST, asked_by=harbour, at=AT)
    unready = probes.index_follows(AT)
    assert keeper.Keeper().turn()

    assert (held.answer, held.reason) == (Answer.HELD, "index_not_ready")
    assert not unready.is_well
    assert "leeward index" in unready.words
    assert answer(harbour, FIRST) == Answer.KNOWN
    assert probes.index_follows(AT).is_well


def spoilt(path: Path) -> None:
    data = bytearray(path.read_bytes())
    path.write_bytes(bytes(data[: len(data) // 2]))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.usefixtures("_merges_at_once")
@pytest.mark.parametrize("damage", [spoilt, emptied], ids=["cut", "emptied"])
def test_a_damaged_base_is_not_used_and_is_replaced(
    harbour: Organisation, monkeypatch: pytest.MonkeyPatch, damage: Any
) -> None:
    published(look_of(FIRST))
    keeper.Keeper().turn()
    damage(index.segment_path())
    without = a_new_process(monkeypatch)

    assert answer(harbour, FIRST) == Answer.KNOWN
    assert rows_beside(without) == 1
    assert keeper.Keeper().turn()
    assert rows_beside(a_new_process(monkeypatch)) == 0


@pytest.mark.usefixtures("_merges_at_once")
def test_a_base_of_another_database_is_not_used(harbour: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    published(look_of(FIRST))
    keeper.Keeper().turn()
    for model in (Record, Chain):
        # As after an older backup was restored and went its own way: the same position, with another history.
        model.objects.filter(position__gt=0).update(chain=b"another history".ljust(32))

    assert rows_beside(a_new_process(monkeypatch)) == 1
    assert answer(harbour, FIRST) == Answer.KNOWN


@pytest.mark.usefixtures("_merges_at_once")
def test_addresses_and_hosts_are_found_in_the_base(harbour: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    published(ADDRESS, indicators.Sign(Kind.DOMAIN, "worse.example", Category.OTHER))
    keeper.Keeper().turn()
    a_new_process(monkeypatch)

    def looked_up(url: str = "", host: str = "") -> Answer:
        return screening.look_up(screening.Values(url=url, host=host), asked_by=harbour, at=AT).answer

    assert looked_up(url="https://bad.example/shelf/one?two") == Answer.KNOWN
    assert looked_up(url="http://www.worse.example/") == Answer.KNOWN
    assert looked_up(host="www.worse.example") == Answer.KNOWN
    assert looked_up(url="https://bad.example/other") == Answer.CLEAR
    assert looked_up(host="example") == Answer.CLEAR
