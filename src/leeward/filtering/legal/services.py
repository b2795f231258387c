"""Legal orders: enter one, lift it, look at it again, and undo the last step. One person does it; every step is kept."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from leeward.core import facts
from leeward.core.models import User
from leeward.filtering import events
from leeward.filtering.legal.models import LegalName, LegalOrder, LegalStep

log = logging.getLogger("leeward.filtering")
UNDO_WITHIN = timedelta(minutes=30)
REMIND_BEFORE = timedelta(days=14)
_BATCH = 1000
_IN_FORCE, _LIFTED = LegalOrder.State.IN_FORCE, LegalOrder.State.LIFTED
_STEP = LegalStep.Kind
# A field of a draft has the word itself for its name.
type Day = date


class NoNames(Exception):
    """The order names nothing: paste its names, one a line."""


class NotInForce(Exception):
    """Somebody lifted this order meanwhile: look at it again."""


class NotLater(Exception):
    """The next review must lie after the last one and after today: choose a later day."""


class NothingToUndo(Exception):
    """The last step was undone already, or is too long ago: take the opposite step."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An order before it was entered; its names come apart from it. `reason` is public."""

    kind: LegalOrder.Kind
    authority: str
    reference: str
    date: Day
    review_date: Day
    reason: str
    shows_names: bool


@transaction.atomic
def enter(draft: Draft, names: Sequence[str], *, by: User, at: datetime) -> LegalOrder:
    """Put an order in force for names that `names.read` found without a fault. Raises `NoNames`."""
    if not names:
        raise NoNames
    order = LegalOrder.objects.create(**asdict(draft), name_count=len(names), entered_at=at)
    rows = (LegalName(order=order, name=name, digest=LegalName.digest_of(name)) for name in names)
    for batch in itertools.batched(rows, _BATCH):
        LegalName.objects.bulk_create(batch)
    _note(order, _STEP.ENTERED, by=by, at=at)
    facts.announce(events.LegalOrderEntered(str(order.uid), len(names)), actor=_actor(by), at=at)
    return order


@transaction.atomic
def lift(order: LegalOrder, *, reason: str, by: User, at: datetime) -> None:
    """Let an order close nothing any more. Raises `NotInForce`."""
    _move(order, to=_LIFTED, at=at)
    _note(order, _STEP.LIFTED, by=by, at=at, reason=reason)
    facts.announce(events.LegalOrderLifted(str(order.uid)), actor=_actor(by), at=at)


@transaction.atomic
def extend_review(order: LegalOrder, *, until: date, by: User, at: datetime) -> None:
    """Note that somebody looked at an order, which stays in force until the next review. Raises `NotInForce`, `NotLater`."""
    before = order.review_date
    if until <= max(before, timezone.localdate(at)):
        raise NotLater
    same = LegalOrder.objects.filter(pk=order.pk, state=_IN_FORCE, review_date=before)
    if not same.update(review_date=until):
        raise NotInForce
    _note(order, _STEP.EXTENDED, by=by, at=at, review_date=before)
    facts.announce(events.LegalReviewExtended(str(order.uid)), actor=_actor(by), at=at)


@transaction.atomic
def undo(order: LegalOrder, *, by: User, at: datetime) -> None:
    """Undo the last step with an order within half an hour. Raises `NothingToUndo`."""
    # Held until the end, so that two who undo at once do not undo two steps.
    LegalOrder.objects.select_for_update().get(pk=order.pk)
    step = undoable(order, at=at)
    if step is None:
        raise NothingToUndo
    if step.kind == _STEP.EXTENDED:
        LegalOrder.objects.filter(pk=order.pk, state=_IN_FORCE).update(review_date=step.review_date)
    else:
        _move(order, to=_LIFTED if step.kind == _STEP.ENTERED else _IN_FORCE, at=at)
    _note(order, _STEP.UNDONE, by=by, at=at)
    facts.announce(events.LegalStepUndone(str(order.uid)), actor=_actor(by), at=at)


def undoable(order: LegalOrder, *, at: datetime) -> LegalStep | None:
    """Return the last step with an order where it can still be undone."""
    step = LegalStep.objects.filter(order=order).order_by("-at", "-pk").first()
    return step if step is not None and step.kind != _STEP.UNDONE and at < step.at + UNDO_WITHIN else None


def _move(order: LegalOrder, *, to: LegalOrder.State, at: datetime) -> None:
    lifted_at = at if to == _LIFTED else None
    moved = LegalOrder.objects.filter(pk=order.pk).exclude(state=to).update(state=to, lifted_at=lifted_at)
    if not moved:
        raise NotInForce


def _note(
    order: LegalOrder,
    kind: LegalStep.Kind,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    review_date: date | None = None,
) -> None:
    LegalStep.objects.create(order=order, kind=kind, by=by, at=at, reason=reason, review_date=review_date)


def _actor(by: User) -> str:
    return f"user:{by.pk}"


def note_reviews(at: datetime) -> None:
    """Announce once of each order in force that its review is near; a chore of the clock."""
    for order in reviews_near(at=at).exclude(reminded_date=F("review_date")):
        with transaction.atomic():
            same = LegalOrder.objects.filter(pk=order.pk, state=_IN_FORCE, review_date=order.review_date)
            if same.exclude(reminded_date=F("review_date")).update(reminded_date=F("review_date")):
                log.warning("the review of a legal order is near", extra={"task": f"order:{order.pk}"})
                facts.announce(events.LegalReviewNear(str(order.uid)), actor="system", at=at)


def in_force() -> QuerySet[LegalOrder]:
    """Return the orders that close names now, the newest first."""
    return LegalOrder.objects.filter(state=_IN_FORCE)


def reviews_near(*, at: datetime) -> QuerySet[LegalOrder]:
    """Return the orders in force whose review is near or over, the most urgent first."""
    near = timezone.localdate(at) + REMIND_BEFORE
    return in_force().filter(review_date__lte=near).order_by("review_date", "pk")


def covering(name: str) -> list[LegalOrder]:
    """Return the orders in force that close a normalised name, by the name itself or by one above it."""
    digests = [LegalName.digest_of(suffix) for suffix in _suffixes(name)]
    return list(in_force().filter(names__digest__in=digests).distinct())


def names_of(order: LegalOrder) -> tuple[str, ...]:
    """Return the names of an order, sorted. Whoever shows them asks `shows_names` or `is_readable` first."""
    return tuple(sorted(LegalName.objects.filter(order=order).values_list("name", flat=True)))


def shown_names(order: LegalOrder) -> tuple[str, ...]:
    """Return the names of an order that everybody may read; none of any other."""
    return _opened(order.uid) if order.shows_names else ()


@lru_cache(maxsize=64)
def _opened(uid: UUID) -> tuple[str, ...]:
    # The names of an order never change, and everybody may ask for them at any rate: they are opened once a process.
    return names_of(LegalOrder.objects.get(uid=uid))


def _suffixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]
