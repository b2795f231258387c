"""What partners send to the collection: each object goes through the intake, and a status says what became of it.

A partner adds sightings, opinions and signs; signs of the categories with which it is not trusted wait here for a person.
What it told, it may take back; what others told, it may not.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from leeward.engines import stix
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf.models import Version
from leeward.exchange.taxii.models import Submission
from leeward.indicators import services as indicators

OBJECTS_MAX = 1000  # Of one request: one that is signed and checked takes about a millisecond.
KEPT = timedelta(days=7)  # A status; TAXII leaves it to the server. Source: TAXII 2.1 section 4.3.
_OPEN_TO_ALL = ("sighting", "opinion")


class NotReadable(Exception):
    """What was sent is no envelope of STIX objects. Nothing of it was taken; the text says what to do next."""

    def __init__(self, reason: str, *, is_too_large: bool) -> None:
        super().__init__(reason)
        self.is_too_large = is_too_large


class NeverTold(Exception):
    """This partner never told such an object. Only its creator takes it back; take an id from what you sent."""


@dataclass(frozen=True)
class _Sent:
    """One object as it came, with what a status names it by."""

    octets: bytes
    object_id: str
    version: str


def submit(partner: Partner, octets: bytes, *, at: datetime) -> Submission:
    """Take what a partner sends, object by object, and return the status of it. Raises `NotReadable` before any is taken."""
    sent = _opened(octets)
    done = Submission(partner=partner, at=at)
    for one in sent:
        told: dict[str, str] = {"id": one.object_id, "version": one.version}
        refused = _refusal(partner, one, at=at)
        if refused:
            done.failures.append({**told, "message": refused})
        else:
            done.successes.append(told)
    done.save()
    return done


def _opened(octets: bytes) -> list[_Sent]:
    try:
        envelope = stix.split_envelope(octets, most=OBJECTS_MAX)
        known = [(part, stix.read_object(part)) for part in envelope.objects]
    except stix.BadObject as error:
        is_too_large = error.code in (stix.Flaw.TOO_MANY, stix.Flaw.TOO_LONG)
        raise NotReadable(str(error), is_too_large=is_too_large) from error
    if not known:
        raise NotReadable("there are no objects in it; send at least one", is_too_large=False)
    return [_named(part, one) for part, one in known]


def _named(octets: bytes, known: dict[str, object]) -> _Sent:
    object_id, object_type = known.get("id"), known.get("type")
    version = known.get("modified", known.get("created"))
    if not (isinstance(object_id, str) and isinstance(object_type, str) and isinstance(version, str)):
        raise NotReadable("an object has no id, type or time; send STIX 2.1 objects only", is_too_large=False)
    return _Sent(octets, object_id, version)


def _refusal(partner: Partner, sent: _Sent, *, at: datetime) -> str:
    """Return why an object is not taken; nothing where it was. The message repeats nothing of the object."""
    outcome = intake.take(partner, sent.octets, at=at)
    if outcome.state == Received.State.REFUSED:
        return f"It was refused: {outcome.reason}."
    if outcome.state is None and outcome.reason == "not_a_sign":
        return f"Only indicators and these are taken here: {', '.join(_OPEN_TO_ALL)}."
    return ""


def status_of(partner: Partner, *, uid: str) -> Submission | None:
    """Return what became of a request of this partner; what others sent is nothing to it."""
    try:
        return Submission.objects.filter(partner=partner, uid=uuid.UUID(uid)).first()
    except ValueError:
        return None


@transaction.atomic
def take_back(partner: Partner, *, object_id: str, at: datetime) -> None:
    """Take back an object that this partner told, whatever became of it here. Raises `NeverTold`."""
    row = Received.objects.select_for_update().filter(object_id=object_id, partner=partner).defer("body").first()
    if row is None:
        raise NeverTold(object_id)
    if row.state == Received.State.ACTIVE:
        indicators.revoke(source=row.source, actor=partner.actor, at=at)
    # No signed word comes with it, so nothing can be passed on; what was is not given out any more.
    Version.objects.filter(origin=partner, object_id=object_id, is_revoked=False).delete()
    # The row stays, so that an older version that arrives late stays dead.
    Received.objects.filter(pk=row.pk).update(state=Received.State.WITHDRAWN, reason="", before="")


def forget(at: datetime) -> None:
    """Forget what became of old requests; a chore of the clock."""
    Submission.objects.filter(at__lt=at - KEPT).delete()
