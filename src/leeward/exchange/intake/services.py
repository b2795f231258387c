"""Take what a partner tells: check the octets as they came, then what they say, then whether it may protect at once.

A sign by itself reports nobody and bans nobody. It waits for a person unless the operator trusts its origin for its category.
Whose sign it is says its signature, and nobody else takes it back: who passes a sign on lends it nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from prometheus_client import Counter

from leeward.core import facts
from leeward.engines import stix
from leeward.exchange import events, mapping
from leeward.exchange.intake import canaries, doubts, origins
from leeward.exchange.intake.models import Received
from leeward.exchange.intake.origins import Refused
from leeward.exchange.partners.models import Partner
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind, Tlp

_State, _Reason = Received.State, Received.Reason
_SEVERITY, _SEVERITY_MAX = 2, 3  # As in cases: what nobody rated, and the worst.
_REVIEWS_MAX = 32_767  # What the column holds.

taken = Counter("leeward_exchange_taken_total", "Objects that partners told, by what became of them", ["reason"])


@dataclass(frozen=True)
class Outcome:
    """What became of one object; None where it was no sign. `reason` is a short code, blank where it was simply taken."""

    state: Received.State | None
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """One object with signs that its origin signed. `things` says what it recognises, values as indicators keep them."""

    origin: Partner
    octets: bytes
    sign: stix.Sign
    things: tuple[tuple[Kind, str], ...]
    category: Category

    @property
    def object_id(self) -> str:
        return f"indicator--{self.sign.uid}"

    def is_about_same(self, row: Received) -> bool:
        """Tell whether it speaks of what was there before: another thing under the same id is judged anew."""
        known = {(row.kind, row.value), *((kind, value) for kind, value in row.others)}
        return known == set(self.things) and row.category == self.category


def take(partner: Partner, octets: bytes, *, at: datetime) -> Outcome:
    """Take one object that a partner sent, exactly as it came. The same one again has no effect."""
    try:
        said = read(octets, told=origins.Told(partner, at=at))
    except Refused as refused:
        return refuse(refused)
    return keep(said, at=at)


def refuse(refused: Refused) -> Outcome:
    """Count what was refused before anything of it was kept, and return that as an outcome."""
    taken.labels(refused.code).inc()
    return Outcome(_State.REFUSED, refused.code)


@dataclass(frozen=True)
class Said:
    """What one object says once its octets were checked: a sign, a word about somebody's sign, or neither."""

    origin: Partner
    reading: Reading | None = None
    feedback: stix.Feedback | None = None


def read(octets: bytes, *, told: origins.Told) -> Said:
    """Return what an object says; it asks nothing of the database but keys. Raises `Refused`."""
    origin, known = told.opened(octets)
    kind = known.get("type")
    try:
        if kind == "indicator":
            return Said(origin, reading=_sign(origin, octets, known))
        if kind in ("sighting", "opinion"):
            return Said(origin, feedback=stix.parse_feedback(known))
    except stix.NotASign as error:
        raise Refused(f"schema.{error.path.partition('.')[0]}") from error
    return Said(origin)


def _sign(origin: Partner, octets: bytes, known: dict[str, object]) -> Reading:
    signs = stix.parse_signs(known)
    try:
        category = Category(signs[0].category)
    except ValueError as error:
        if not signs[0].revoked:  # What is taken back may be called anything.
            raise Refused("category") from error
        category = Category.OTHER
    return Reading(origin, octets, signs[0], tuple(_thing(sign) for sign in signs), category)


def _thing(sign: stix.Sign) -> tuple[Kind, str]:
    kind = Kind(sign.kind.value)
    try:
        return kind, indicators.normal(kind, sign.value)
    except indicators.NotASign as error:
        if not sign.revoked:  # What is taken back needs no form of ours.
            raise Refused("value") from error
        return kind, sign.value


@transaction.atomic
def keep(said: Said, *, at: datetime) -> Outcome:
    """Do what an object that was read asks for, if anything."""
    outcome = Outcome(None, "not_a_sign")
    if said.reading is not None:
        outcome = _kept(said.reading, at=at)
    elif said.feedback is not None:
        outcome = Outcome(None, doubts.hear(said.feedback, by=said.origin, at=at))
    taken.labels(outcome.reason or "taken").inc()
    return outcome


def _kept(reading: Reading, *, at: datetime) -> Outcome:
    row = (
        Received.objects.select_for_update()
        .filter(partner=reading.origin, object_id=reading.object_id)
        .defer("body")
        .first()
    )
    if row is None:
        return _first(reading, at=at)
    if reading.sign.modified < row.version_at:
        return Outcome(_State.REFUSED, "older")
    if reading.sign.modified == row.version_at:
        is_same = bytes(row.body) == reading.octets
        return Outcome(_State(row.state), "again") if is_same else Outcome(_State.REFUSED, "changed")
    if row.state == _State.WITHDRAWN:  # STIX allows no version after a revocation. Source: STIX 2.1 section 3.6
        return Outcome(_State.REFUSED, "withdrawn")
    return _withdrawn(row, reading, at=at) if reading.sign.revoked else _renewed(row, reading, at=at)


def _first(reading: Reading, *, at: datetime) -> Outcome:
    state, reason = (_State.WITHDRAWN, "") if reading.sign.revoked else _judged(reading, at=at)
    source = f"{reading.origin.actor}/{reading.sign.uid}"
    row = Received(partner=reading.origin, object_id=reading.object_id, source=source, received_at=at)
    _fill(row, reading, state=state, reason=reason)
    if state == _State.ACTIVE:
        publish(row, at=at, actor=reading.origin.actor)
    row.save(force_insert=True)
    return _told(row, at=at)


def _judged(reading: Reading, *, at: datetime) -> tuple[Received.State, str]:
    """Return what becomes of a sign about which nobody here has said anything yet."""
    if reading.sign.valid_until is not None and reading.sign.valid_until <= at:
        return _State.REFUSED, _Reason.EXPIRED
    if any(canaries.is_hit(kind, value) for kind, value in reading.things):
        return _State.REFUSED, _Reason.CANARY
    return (_State.ACTIVE if reading.origin.trusts(reading.category) else _State.QUARANTINE), ""


def _renewed(row: Received, reading: Reading, *, at: datetime) -> Outcome:
    """Take a newer version. What people here said about the same thing stays said; another thing begins anew."""
    is_same = reading.is_about_same(row)
    is_settled = row.decided_by_id is not None or row.reason == _Reason.DOUBTED or row.state == _State.ACTIVE
    state, reason = _judged(reading, at=at)
    if is_same and is_settled and reason != _Reason.EXPIRED:
        state, reason = _State(row.state), row.reason
    if row.state == _State.ACTIVE:
        indicators.revoke(source=row.source, actor=reading.origin.actor, at=at)
    if not is_same:
        row.decided_at = row.decided_by = None
        row.before = ""
        row.disagreements.all().delete()
    _fill(row, reading, state=state, reason=reason)
    if state == _State.ACTIVE:
        publish(row, at=at, actor=reading.origin.actor)
    row.save()
    return _told(row, at=at)


def _withdrawn(row: Received, reading: Reading, *, at: datetime) -> Outcome:
    """Take back what its origin took back, whatever people here said about it."""
    if row.state == _State.ACTIVE:
        indicators.revoke(source=row.source, actor=reading.origin.actor, at=at)
    row.state, row.reason, row.before = _State.WITHDRAWN, "", ""
    row.body, row.version_at = reading.octets, reading.sign.modified
    row.save(update_fields=["state", "reason", "before", "body", "version_at"])
    if row.turns and mapping.is_for_others(reading.octets):
        facts.announce(events.SignTakenBack(str(row.uid)), actor=reading.origin.actor, at=at)
    return Outcome(_State.WITHDRAWN)


def _fill(row: Received, reading: Reading, *, state: Received.State, reason: str) -> None:
    row.state, row.reason = state, reason
    row.body, row.version_at = reading.octets, reading.sign.modified
    (row.kind, row.value), *others = reading.things
    row.others = [[kind.value, value] for kind, value in others]
    row.category = reading.category
    row.tlp = Tlp(reading.sign.tlp.value)


def _told(row: Received, *, at: datetime) -> Outcome:
    outcome = Outcome(_State(row.state), row.reason)
    if row.reason == _Reason.CANARY:
        facts.announce(events.CanaryMet(str(row.uid)), actor=row.partner.actor, at=at)
    return outcome


def publish(row: Received, *, at: datetime, actor: str) -> None:
    """Bring a partner's sign into force; the caller stores the row. Raises `indicators.NotASign` where its time is over.

    Each time has a source of its own: what a source took back once stays taken back.
    """
    row.turns += 1
    if row.turns > 1:
        row.source = f"{row.source.partition('.')[0]}.{row.turns}"
    sign = stix.parse_signs(stix.read_object(bytes(row.body)))[0]
    legality = [
        {"jurisdiction": view.jurisdiction, "status": view.status, "basis": view.basis} for view in sign.legality
    ]
    wanted = [
        indicators.Sign(
            Kind(kind),
            value,
            Category(row.category),
            severity=min(_SEVERITY if sign.severity is None else sign.severity, _SEVERITY_MAX),
            confidence=sign.confidence,
            reviews=min(sign.reviews, _REVIEWS_MAX),
            tlp=Tlp(row.tlp),
            legality=legality,
            valid_until=sign.valid_until,
        )
        for kind, value in [(row.kind, row.value), *row.others]
    ]
    indicators.publish(wanted, source=row.source, actor=actor, at=at)
    if mapping.is_for_others(bytes(row.body)):
        facts.announce(events.SignPassedOn(str(row.uid)), actor=actor, at=at)
