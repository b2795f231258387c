"""The operator's switch of each way to show an age: off, nobody is offered it or can end an attempt by it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leeward.age import events
from leeward.age.methods import registered
from leeward.age.models import ClosedWay
from leeward.core import facts
from leeward.core.models import User


class UnknownWay(Exception):
    """No method of this name is registered: take one from the page of ways."""


class SwitchedAlready(Exception):
    """Somebody switched it meanwhile: look at the page again."""


def closed() -> frozenset[str]:
    """Return the ids of the methods that are switched off."""
    return frozenset(ClosedWay.objects.values_list("method", flat=True))


@transaction.atomic
def close(method: str, *, by: User, at: datetime) -> None:
    """Offer a way no more, set up or not. Raises `UnknownWay` and `SwitchedAlready`."""
    if method not in registered():
        raise UnknownWay(method)
    _row, is_new = ClosedWay.objects.get_or_create(method=method, defaults={"closed_by": by, "closed_at": at})
    if not is_new:
        raise SwitchedAlready
    facts.announce(events.WayClosed(method), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def open_again(method: str, *, by: User, at: datetime) -> None:
    """Offer a way again wherever it is set up. Raises `UnknownWay` and `SwitchedAlready`."""
    if method not in registered():
        raise UnknownWay(method)
    if not ClosedWay.objects.filter(method=method).delete()[0]:
        raise SwitchedAlready
    facts.announce(events.WayOpened(method), actor=f"user:{by.pk}", at=at)
