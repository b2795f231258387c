"""The desk's side of what is said about a report: who may write to its reporter, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from leeward.cases import appeals
from leeward.cases.models import Case
from leeward.cases.states import UNDECIDED
from leeward.core.models import Record, User
from leeward.reports import contexts, dialogue
from leeward.reports.models import Channel, Complaint, Message, Report


class NotTaken(Exception):
    """The person has no lease of the case; take it first, so that two do not write to one child."""


class DecidedByThisPerson(Exception):
    """Whoever decided writes nothing to a reporter whose appeal about that waits; a colleague answers the appeal."""


@dataclass(frozen=True)
class Thread:
    """One report of a case with everything that was said about it."""

    report: Report
    messages: list[Message]
    complaints: list[Complaint]
    has_waiting_complaint: bool
    is_misuse: bool

    @property
    def has_unread(self) -> bool:
        """True where the reporter wrote what nobody at the desk has read."""
        return any(message.asked_by_id is None and message.read_at is None for message in self.messages)

    @property
    def waits(self) -> bool:
        """True where the reporter waits for the desk."""
        return self.has_waiting_complaint or self.has_unread

    @property
    def may_be_misuse(self) -> bool:
        """True where it is known from which place it came, and misuse was not noted."""
        return self.report.place is not None

    @property
    def is_read_by_somebody(self) -> bool:
        """True where a person holds the code. What screening filed by itself, and what a helpline gave, has no reader."""
        return self.report.channel not in {Channel.SCREENING, Channel.HELPLINE}


def known(threads: Sequence[Thread]) -> list[contexts.Known]:
    """Return what the provider's own server and mails told beside the reports, opened; each of it once."""
    found: dict[object, contexts.Known] = {}
    for thread in threads:
        for one in contexts.of(thread.report):
            found.setdefault(one.uid or thread.report.pk, one)
    return list(found.values())


def threads(case: Case) -> list[Thread]:
    """Return every report of a case, the first one first, with what was said about it."""
    found = Report.objects.filter(casereport__case=case).select_related("provider", "sender", "withdrawal")
    found = found.prefetch_related("messages__attachments", "messages__asked_by", "complaints__outcome")
    waiting = set(
        appeals.waiting_complaints().filter(report__casereport__case=case).values_list("report_id", flat=True)
    )
    misuse = _found_to_be_misuse(case)
    return [
        Thread(
            report=report,
            messages=list(report.messages.all()),
            complaints=list(report.complaints.all()),
            has_waiting_complaint=report.pk in waiting,
            is_misuse=str(report.uid) in misuse,
        )
        for report in found.order_by("casereport__joined_at", "pk")
    ]


def _found_to_be_misuse(case: Case) -> set[str]:
    # Only a report whose place is forgotten can have been found to be misuse, and most have one.
    uids = Report.objects.filter(casereport__case=case, place=None).values_list("uid", flat=True)
    noted = Record.objects.filter(kind="reports.MisuseNoted", facts__report_uid__in=[str(uid) for uid in uids])
    return {str(record.facts["report_uid"]) for record in noted}


def with_news(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Add `has_complaint` and `has_message` to cases: something that a reporter said waits for the desk."""
    complaints = appeals.waiting_complaints().filter(report__casereport__case=OuterRef("pk"))
    messages = dialogue.unread_by_desk().filter(report__casereport__case=OuterRef("pk"))
    return cases.annotate(has_complaint=Exists(complaints), has_message=Exists(messages))


def may_write(case: Case, *, by: User, at: datetime) -> bool:
    """True where a person has the lease of a case, or it was decided and so nobody has."""
    if case.state not in UNDECIDED:
        return True
    return case.taken_by_id == by.pk and case.taken_until is not None and case.taken_until > at


@transaction.atomic
def ask(case: Case, report: Report, text: str, *, by: User, key: str, at: datetime) -> Message:
    """Write to a reporter of a case; the same words under the same key are one message.

    Raises `NotTaken`, `DecidedByThisPerson`, or what `dialogue.ask` raises.
    """
    if not may_write(Case.objects.get(pk=case.pk), by=by, at=at):
        raise NotTaken
    complained_of = set(appeals.waiting_complaints().filter(report=report).values_list("outcome__decision", flat=True))
    for decision in case.decisions.all():
        if str(decision.uid) in complained_of and by.pk in {decision.proposed_by_id, decision.seconded_by_id}:
            raise DecidedByThisPerson
    return dialogue.ask(report, text, by=by, key=key, at=at)
