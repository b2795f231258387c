"""What the reporter and the desk say to each other about a report, after it came.

Whoever holds the receipt code may speak as the reporter; that is looked at where the code is read. Nothing of what is
said goes into the record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from leeward.core import blobs, facts, keys
from leeward.core.models import Role, User
from leeward.reports import events, reputation, services
from leeward.reports.models import Attachment, Complaint, Message, Nature, Outcome, Report, Withdrawal
from leeward.reports.services import NeverCaptured, Picture

DESK = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
DECISIONS = [kind for kind in Outcome.Kind if Outcome(kind=kind).is_decision]


class SaidNothing(Exception):
    """There are no words and no picture; write something first."""


class NotAtTheDesk(Exception):
    """The person is no reviewer; only the desk may write to a reporter."""


class NotDecided(Exception):
    """The outcome ends nothing yet, so nobody can complain about it; wait for the decision, or say more."""


class ComplainedAlready(Exception):
    """There is a complaint about this outcome; say more instead."""


class DecidedAlready(Exception):
    """The report was decided and cannot be taken back any more; complain about the outcome instead."""


def say(report: Report, text: str, *, key: str, pictures: Sequence[Picture] = (), at: datetime) -> Message:
    """Store what the reporter writes, and return it; the same words under the same key are one message.

    `key` is a UUID of the form. Raises `SaidNothing`, or `NeverCaptured` for any picture where the report is about sexual
    content that shows a child; then nothing was stored.
    """
    if not text and not pictures:
        raise SaidNothing
    if pictures and report.nature and Nature(report.nature).is_never_captured:
        raise NeverCaptured
    digests = [hashlib.sha256(picture.data).hexdigest() for picture in pictures]
    with transaction.atomic():
        message, is_new = _once(report, text, by=None, key="\0".join([key, *digests]), at=at)
        if not is_new:
            return message
        for picture in pictures:
            blob = blobs.seal(picture.data, media_type=picture.media_type, at=at)
            Attachment.objects.create(report=report, message=message, blob=blob, kind=picture.kind)
        fact = events.ReporterSaid(str(report.uid), str(message.uid), len(pictures))
        facts.announce(fact, actor=services.ACTOR, at=at)
    return message


@transaction.atomic
def ask(report: Report, text: str, *, by: User, key: str, at: datetime) -> Message:
    """Write to the reporter as the desk; the same words under the same key are one message.

    Raises `NotAtTheDesk` or `SaidNothing`. Whoever writes has read what came before.
    """
    _require_desk(by)
    if not text:
        raise SaidNothing
    note_read(report, by=by, at=at)
    message, is_new = _once(report, text, by=by, key=key, at=at)
    if is_new:
        facts.announce(events.ReporterAsked(str(report.uid), str(message.uid)), actor=_actor(by), at=at)
    return message


def _once(report: Report, text: str, *, by: User | None, key: str, at: datetime) -> tuple[Message, bool]:
    # The words are part of the key: who goes back, changes them and sends again has said two things, and none is lost.
    whose = str(by.pk) if by else services.ACTOR
    request_key = keys.keyed_digest("message", "\0".join([str(report.uid), whose, key, text]))
    fields = {"report": report, "asked_by": by, "text": text, "at": at}
    return Message.objects.get_or_create(request_key=request_key, defaults=fields)


@transaction.atomic
def complain(outcome: Outcome, text: str, *, at: datetime) -> Complaint:
    """Store that the reporter does not agree with an outcome: once an outcome, as Article 20 of the Digital Services Act.

    The same words again change nothing. Raises `NotDecided`, `SaidNothing` or `ComplainedAlready`.
    """
    if not outcome.is_decision:
        raise NotDecided
    if not text:
        raise SaidNothing
    fields = {"report": outcome.report, "text": text, "at": at}
    complaint, is_new = Complaint.objects.get_or_create(outcome=outcome, defaults=fields)
    if not is_new and complaint.text != text:
        raise ComplainedAlready
    if is_new:
        fact = events.ReporterComplained(str(outcome.report.uid), outcome.kind, outcome.decision)
        facts.announce(fact, actor=services.ACTOR, at=at)
    return complaint


@transaction.atomic
def withdraw(report: Report, *, at: datetime) -> Withdrawal:
    """Store that the reporter takes the report back; a second time changes nothing. Raises `DecidedAlready`.

    Its case stays where it is: what may be dangerous is looked at all the same.
    """
    if report.outcomes.filter(kind__in=DECISIONS).exists():
        raise DecidedAlready
    withdrawal, is_new = Withdrawal.objects.get_or_create(report=report, defaults={"at": at})
    if is_new:
        facts.announce(events.ReportWithdrawn(str(report.uid)), actor=services.ACTOR, at=at)
    return withdrawal


@transaction.atomic
def note_read(report: Report, *, by: User | None, at: datetime) -> int:
    """Note that one side read what the other wrote, and return how many messages that was. `by` is None for the reporter."""
    if by is not None:
        _require_desk(by)
    unread = Message.objects.filter(report=report, read_at=None, asked_by__isnull=by is not None)
    if count := unread.update(read_at=at):
        actor = _actor(by) if by else services.ACTOR
        facts.announce(events.MessagesRead(str(report.uid), count), actor=actor, at=at)
    return count


@transaction.atomic
def note_misuse(report: Report, *, by: User, at: datetime) -> bool:
    """Count that the button was misused with this report, once; False where its place is not known, or was counted already.

    The place is forgotten with the count, so that it cannot be counted twice. Raises `NotAtTheDesk`.
    """
    _require_desk(by)
    standing = Report.objects.filter(pk=report.pk, place__isnull=False).select_for_update().first()
    if standing is None:
        return False
    reputation.note_misuse(standing, at=at)
    Report.objects.filter(pk=report.pk).update(place=None)
    facts.announce(events.MisuseNoted(str(report.uid)), actor=_actor(by), at=at)
    return True


def show_code_again(report: Report, *, at: datetime) -> bool:
    """True at the first return with the code, when it is shown once more; False ever after."""
    return bool(Report.objects.filter(pk=report.pk, shown_again_at=None).update(shown_again_at=at))


def unread_by_desk() -> QuerySet[Message]:
    """Return what reporters wrote and nobody at the desk has read."""
    return Message.objects.filter(asked_by=None, read_at=None)


def waiting_complaints() -> QuerySet[Complaint]:
    """Return the complaints that were followed neither by another outcome nor by words from the desk."""
    outcome = Outcome.objects.filter(report=OuterRef("report"), at__gt=OuterRef("at"))
    words = Message.objects.filter(report=OuterRef("report"), asked_by__isnull=False, at__gt=OuterRef("at"))
    return Complaint.objects.exclude(Exists(outcome)).exclude(Exists(words))


def _require_desk(person: User) -> None:
    if not person.roles & DESK:
        raise NotAtTheDesk


def _actor(person: User) -> str:
    return f"user:{person.pk}"
