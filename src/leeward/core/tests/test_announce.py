from __future__ import annotations

import pytest
from django.db import transaction

from leeward.core import facts
from leeward.core.facts import Reaction
from leeward.core.models import Delivery, Record
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT, LampLit


class ChangedMyMind(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused() -> None:
    with pytest.raises(facts.AnnouncedOutsideTransaction, match=r"tests\.LampLit"):
        lamps.light("north")

    assert not Record.objects.exists()


@pytest.mark.django_db
def test_a_fact_writes_one_record() -> None:
    record = lamps.light("north", span=3)

    kept = Record.objects.get()
    assert kept == record
    assert (kept.kind, kept.facts) == ("tests.LampLit", {"lamp": "north", "colour": "green"})
    assert (kept.actor, kept.at, kept.span, kept.position) == ("system", AT, 3, None)


@pytest.mark.django_db
def test_each_reaction_is_owed_once_with_its_own_arguments_and_lane() -> None:
    facts.follow(
        LampLit,
        Reaction(lamps.note, "it is noted", lane=lambda fact: f"lamp:{fact.lamp}"),
        Reaction(lamps.note_colour, "its colour is noted"),
    )

    record = lamps.light("north")

    rows = Delivery.objects.order_by("pk").values_list("task", "arguments", "lane", "record", "due_at", "state")
    assert list(rows) == [
        (lamps.note.module_path, {"lamp": "north"}, "lamp:north", record.pk, AT, "owed"),
        (lamps.note_colour.module_path, {"lamp": "north", "colour": "green"}, "", record.pk, AT, "owed"),
    ]


@pytest.mark.django_db
def test_nothing_runs_before_the_worker_comes() -> None:
    facts.follow(LampLit, Reaction(lamps.note, "it is noted"))

    lamps.light("north")

    assert lamps.noted == []


@pytest.mark.django_db
def test_a_fact_that_nothing_follows_from_is_recorded_all_the_same() -> None:
    lamps.light("north")

    assert Record.objects.count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_fact_is_gone_with_the_transaction_that_failed() -> None:
    facts.follow(LampLit, Reaction(lamps.note, "it is noted"))

    with pytest.raises(ChangedMyMind), transaction.atomic():
        lamps.light("north")
        raise ChangedMyMind

    assert not Record.objects.exists()
    assert not Delivery.objects.exists()


def test_a_reaction_that_asks_for_what_the_fact_has_not_is_refused_when_it_is_stated() -> None:
    with pytest.raises(facts.ReactionDoesNotFit, match=r"measure asks for \['height'\], which tests\.LampLit"):
        facts.follow(LampLit, Reaction(lamps.note, "it is noted"), Reaction(lamps.measure, "it is measured"))

    assert facts.followed() == {}
