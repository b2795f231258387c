"""Open evidence for one person, for a purpose, and leave a record before a byte leaves."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from leeward.cases import events, evidence_copies, second_looks, services, wellbeing
from leeward.cases.models import Appeal, Case, Evidence, View
from leeward.cases.states import AppealState
from leeward.core import blobs, facts, keys
from leeward.core.models import Role, User
from leeward.indicators.models import Category, Indicator, Kind
from leeward.reports.models import Attachment, Nature

# How long a page that was opened with a purpose may ask for its copies.
TICKET_FOR = timedelta(minutes=15)
_PLACE = "ticket of a view"
# One letter is no purpose; in some scripts four are a whole sentence.
LEAST_LETTERS = 4
NEVER_ALONE = frozenset({Role.SENIOR_REVIEWER})


class NeedsPurpose(Exception):
    """Evidence is opened for something: say in a few words what you must see."""


class NotSure(Exception):
    """It was reported as showing a child sexually: confirm that you must see it yourself, or ask a senior reviewer."""


class Why(StrEnum):
    """Why a piece of evidence is never shown to this person."""

    KNOWN = "known"
    SIGN = "sign"
    HARMFUL = "harmful"
    ERASED = "erased"


@dataclass(frozen=True)
class Hidden:
    """What stands in the place of something that is never shown: why, and what is known about it without looking."""

    why: Why
    category: Category | None = None
    reviews: int = 0


class NeverShown(Exception):
    """This piece is never shown; `hidden` says what is known of it instead."""

    def __init__(self, hidden: Hidden) -> None:
        super().__init__(str(hidden.why))
        self.hidden = hidden


@dataclass(frozen=True)
class Intent:
    """What a person said when they opened the page of a piece: for what, and that they are sure."""

    purpose: str
    is_sure: bool = False


def open_evidence(
    evidence: Evidence, *, by: User, purpose: str, form: View.Form, at: datetime, is_sure: bool = False
) -> bytes:
    """Return a copy of a piece of evidence, covered or clear, after noting who looks and why.

    Its media type is what `evidence_copies.media_type_of` says. Raises `NotForThisPerson`, `NeedsPurpose`, `wellbeing.OnBreak`,
    `NeverShown`, `NotSure` or `CannotBeShown`; then nothing was opened.
    """
    check(evidence, Intent(purpose, is_sure), by=by, at=at)
    drawn = _drawn(evidence, form)
    # Committed before a byte leaves, so that nobody sees what no record tells of.
    _note(evidence, by=by, purpose=purpose.strip(), form=form, at=at)
    return drawn


def check(evidence: Evidence, intent: Intent, *, by: User, at: datetime) -> None:
    """Raise what keeps this person from opening this piece now, or return."""
    if not by.roles & services.JUDGES:
        raise services.NotForThisPerson
    if not says_what_for(intent.purpose):
        raise NeedsPurpose
    until = wellbeing.on_break(by, at=at)
    if until is not None:
        raise wellbeing.OnBreak(until)
    hidden = hidden_from(evidence, by=by)
    if hidden is not None:
        raise NeverShown(hidden)
    if needs_to_be_sure(evidence.case, by=by) and not intent.is_sure:
        raise NotSure


def says_what_for(purpose: str) -> bool:
    """True where a purpose has enough letters to be words that a colleague can check later."""
    return sum(letter.isalpha() for letter in purpose) >= LEAST_LETTERS


def needs_to_be_sure(case: Case, *, by: User) -> bool:
    """True where a case is about sexual content that shows a child, and the person is no senior reviewer."""
    if by.roles & NEVER_ALONE:
        return False
    nature = Nature.SEXUAL_CHILD
    return case.nature == nature or case.reports.filter(report__nature=nature).exists()


def hidden_from(evidence: Evidence, *, by: User) -> Hidden | None:
    """Return why a piece is never shown to this person and what is known of it, or None where it may be opened.

    What was confirmed by the case's own decision is hidden like anything else, but not from the person who answers an appeal
    against that decision: without looking nobody could.
    """
    if evidence.blob_id is None:
        return Hidden(Why.ERASED)
    if _is_harmful(evidence):
        return Hidden(Why.HARMFUL)
    sign = _sign(evidence, by=by)
    why = Why.KNOWN if evidence.kind == Evidence.Kind.KNOWN else Why.SIGN
    if sign is None:
        return Hidden(Why.KNOWN) if why == Why.KNOWN else None
    return Hidden(why, Category(sign.category), sign.reviews)


def _is_harmful(evidence: Evidence) -> bool:
    attachments = Attachment.objects.filter(report__casereport__case=evidence.case_id, blob__sha256=evidence.sha256)
    return attachments.filter(scan=Attachment.Scan.INFECTED).exists()


def _sign(evidence: Evidence, *, by: User) -> Indicator | None:
    exact = Q(kind=Kind.SHA256, value=evidence.sha256) | Q(kind=Kind.SHA1, value=evidence.sha1)
    exact |= Q(kind=Kind.MD5, value=evidence.md5)
    if evidence.pdq and (evidence.pdq_quality or 0) >= services.PDQ_QUALITY:
        exact |= Q(kind=Kind.PDQ, value=evidence.pdq)
    active = Indicator.objects.filter(exact, state=Indicator.State.ACTIVE)
    # Who must look for themselves: whoever answers an appeal, and whoever judges for the second time.
    appealed = Appeal.objects.filter(decision__case=evidence.case_id, state=AppealState.IN_REVIEW, taken_by=by)
    again = second_looks.waiting(by).filter(decision__case=evidence.case_id)
    own = [appeal.decision.source for appeal in appealed.select_related("decision")]
    own += [look.decision.source for look in again]
    return active.exclude(source__in=own).order_by("-reviews", "pk").first()


def _drawn(evidence: Evidence, form: View.Form) -> bytes:
    blob = evidence.sealed
    draw = evidence_copies.covered if form == View.Form.COVERED else evidence_copies.clear
    return draw(blobs.unseal(blob), media_type=blob.media_type)


@transaction.atomic
def _note(evidence: Evidence, *, by: User, purpose: str, form: View.Form, at: datetime) -> None:
    View.objects.create(evidence=evidence, by=by, purpose=purpose, form=form, at=at)
    fact = events.EvidenceViewed(str(evidence.case.uid), evidence.sha256, form)
    facts.announce(fact, actor=services.actor(by), at=at)


def ticket(evidence: Evidence, intent: Intent, *, by: User, at: datetime) -> str:
    """Return what a page shows to get its copies: sealed, so that no address tells of the purpose."""
    said = json.dumps([evidence.pk, by.pk, at.isoformat(), intent.purpose, intent.is_sure])
    version, sealed = keys.wrap(said.encode(), place=_PLACE)
    return f"{version}:{base64.urlsafe_b64encode(sealed).decode()}"


def read_ticket(text: str, evidence: Evidence, *, by: User, at: datetime) -> Intent | None:
    """Return what was said when a ticket was given; None where it is too old, another's, or none of ours."""
    version, _, sealed = text.partition(":")
    try:
        said = keys.unwrap(version, base64.b64decode(sealed, altchars=b"-_", validate=True), place=_PLACE)
    except (keys.NoSuchKey, keys.SealBroken, binascii.Error, ValueError):
        return None
    piece, person, given_at, purpose, is_sure = json.loads(said)
    is_fresh = datetime.fromisoformat(given_at) <= at <= datetime.fromisoformat(given_at) + TICKET_FOR
    return Intent(purpose, is_sure) if is_fresh and (piece, person) == (evidence.pk, by.pk) else None
