"""The desk for programs: everything that its pages do, as the person whose key opens it, through the same services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Header, Query, Schema, Status

from leeward.cases import bulk, conversations, desk_door, history, notes, search, services
from leeward.cases import queue as queues
from leeward.cases.desk_bodies import BulkOut, CaseOut, DecisionOut, FoundOut, NoteOut, QueueOut, SaidOut
from leeward.cases.desk_door import in_words
from leeward.cases.models import Appeal, Bulk, Case, CaseReport, Decision, Measure
from leeward.cases.states import UNDECIDED
from leeward.core import machines, problems
from leeward.core.models import Delivery, User
from leeward.indicators.models import Category
from leeward.reports import dialogue

router = desk_door.new_router()

# As on the page: who takes the next one tries so many before somebody else has been faster each time.
TRIES = 5
FOUND_MOST = 100


class FilterIn(Schema):
    """Which part of the queue: all of it where nothing is said."""

    queue: str = Field("", max_length=40, description="The short name of one queue.")
    severity: int | None = Field(None, ge=0, le=3)
    mine: bool = False
    soon: bool = Field(False, description="Due within the hour.")

    def wanted(self) -> queues.Filter:
        """Return what was asked for, as the queue takes it."""
        return queues.Filter(self.queue, self.severity, self.mine, self.soon)


@router.get("/queue", response=QueueOut, url_name="desk_queue")
def queue(request: HttpRequest, wanted: Annotated[FilterIn, Query()], after: str = "") -> dict[str, Any]:
    """List what waits, in the order of the desk's page, page by page."""
    place = queues.Place.read(after) if after else None
    if after and place is None:
        raise problems.Refused(422, "Take «after» from the «next» of the page before, as it is.")
    page = queues.page(wanted.wanted(), person=machines.person(request), at=timezone.now(), after=place)
    return {"cases": rows(page.cases), "next": str(page.after) if page.after else None}


def rows(cases: Sequence[Case]) -> list[Case]:
    """Return cases in the same order with everything that a row of the queue shows."""
    found = conversations.with_news(Case.objects.filter(pk__in=[case.pk for case in cases]))
    by_key = {case.pk: case for case in found.select_related("subject__provider", "taken_by")}
    return [by_key[case.pk] for case in cases]


@router.post("/next", response={200: CaseOut, 204: None}, url_name="desk_next")
def take_next(request: HttpRequest, body: FilterIn | None = None) -> Status[Any]:
    """Lease the first case that nobody has, and return it; 204 where none waits."""
    person, at = machines.person(request), timezone.now()
    wanted = body.wanted() if body else queues.Filter()
    for case in queues.free(wanted, person=person, at=at, most=TRIES):
        try:
            services.take(case, by=person, at=at)
        except (services.TakenByAnother, services.AlreadyDecided):
            continue
        return Status(200, shown(case.uid, person=person, at=at))
    return Status(204, None)


@router.get("/cases/{uuid:uid}", response=CaseOut, url_name="desk_case")
def read_case(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Return one case with everything that its page shows. Of evidence that is digests only."""
    return shown(uid, person=machines.person(request), at=timezone.now())


def shown(uid: UUID, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what the page of a case shows to a person."""
    cases = conversations.with_news(Case.objects.select_related("subject__provider", "taken_by"))
    case = get_object_or_404(cases, uid=uid)
    threads = conversations.threads(case)
    decisions = case.decisions.select_related("proposed_by", "seconded_by", "reversed_by")
    appeals = Appeal.objects.filter(decision__case=case).select_related("decision__case", "taken_by", "answered_by")
    return {
        "case": case,
        "may_take": case.state in UNDECIDED and not case.is_taken_by_another(person, at=at),
        "may_write": conversations.may_write(case, by=person, at=at),
        "reports": threads,
        "known": conversations.known(threads),
        "evidence": case.evidence.select_related("blob").order_by("pk"),
        "decisions": decisions.prefetch_related("actions__done_by").order_by("-pk"),
        "follows": _follows(case),
        "notes": case.notes.select_related("by").order_by("pk"),
        "legs": case.legs.select_related("body").order_by("pk"),
        "clocks": case.deadlines.order_by("due_at"),
        "holds": case.holds.select_related("placed_by", "released_by").order_by("pk"),
        "approvals": case.approvals.select_related("asked_by", "answered_by").order_by("pk"),
        "appeals": appeals.order_by("pk"),
    }


def _follows(case: Case) -> QuerySet[Delivery]:
    actions = [str(uid) for uid in case.decisions.values_list("actions__uid", flat=True) if uid]
    from_facts = Q(record__facts__case_uid=str(case.uid))
    return Delivery.objects.filter(from_facts | Q(arguments__action_uid__in=actions)).order_by("pk")


@router.get("/cases/{uuid:uid}/history", response=FoundOut, url_name="desk_history")
def read_history(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """List the other cases about the same thing, by the same author, or with the same bytes, the newest first."""
    case = get_object_or_404(Case.objects.select_related("subject"), uid=uid)
    cases = history.same_thing(case) | history.same_author(case) | history.copies_of(case)
    return _found(cases.distinct().order_by("-pk"))


@router.get("/cases/{uuid:uid}/similar", response=FoundOut, url_name="desk_similar")
def similar(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """List the open cases that can be decided with this one: the same file, a picture alike, or the same author."""
    return _found(bulk.similar(get_object_or_404(Case.objects.select_related("subject"), uid=uid)))


class QueryIn(Schema):
    """Words to look for; they go in the body, so that no log of addresses keeps them."""

    query: str = Field(min_length=1, max_length=1000)


@router.post("/search", response=FoundOut, url_name="desk_search")
def find(request: HttpRequest, body: QueryIn) -> dict[str, Any]:
    """List the cases in which every one of these words stands somewhere, the newest first."""
    return _found(search.find(body.query))


def _found(cases: QuerySet[Case]) -> dict[str, Any]:
    found = list(cases[: FOUND_MOST + 1])
    return {"cases": rows(found[:FOUND_MOST]), "is_more": len(found) > FOUND_MOST}


@router.post("/cases/{uuid:uid}/take", response=CaseOut, url_name="desk_take")
def take(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Lease one case to the person of the key; again, to keep it for longer."""
    person, at = machines.person(request), timezone.now()
    with in_words():
        services.take(get_object_or_404(Case, uid=uid), by=person, at=at)
    return shown(uid, person=person, at=at)


@router.post("/cases/{uuid:uid}/give-back", response=CaseOut, url_name="desk_give_back")
def give_back(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """End the lease of the person of the key, so that whoever comes next can take the case."""
    person, at = machines.person(request), timezone.now()
    with in_words():
        services.give_back(get_object_or_404(Case, uid=uid), by=person, at=at)
    return shown(uid, person=person, at=at)


class JudgementIn(Schema):
    """A decision. How the case was found and who decides are facts, which nobody sends."""

    outcome: Decision.Outcome
    category: Category
    ground: str = Field(min_length=1, max_length=300, description="The law or the rule of the terms.")
    facts: str = Field("", max_length=4000, description="What was found, in your words; sealed.")
    measures: list[Measure] | None = Field(None, description="Null: what goes with the outcome.")
    block_host: str = Field("", max_length=253)
    ends_at: datetime | None = Field(None, description="When the measures end by themselves.")
    is_for_partners: bool = Field(False, description="Ask a second person, so that partners are told the signs.")

    def judgement(self) -> services.Judgement:
        """Return what was sent, as the services take it."""
        if self.ends_at is not None and self.ends_at.tzinfo is None:
            raise problems.Refused(422, "Write the time zone of «ends_at»; Z is UTC.")
        return services.Judgement(
            self.outcome,
            self.category,
            self.ground,
            self.block_host,
            facts=self.facts,
            measures=None if self.measures is None else tuple(self.measures),
            ends_at=self.ends_at,
            is_for_partners=self.is_for_partners,
        )


@router.post("/cases/{uuid:uid}/judge", response={201: DecisionOut}, url_name="desk_judge")
def judge(request: HttpRequest, uid: UUID, body: JudgementIn) -> Status[Any]:
    """Decide a case. Where «state» comes back as «proposed», a second person must agree before anything follows."""
    case = get_object_or_404(Case, uid=uid)
    with in_words():
        decision = services.judge(case, body.judgement(), by=machines.person(request), at=timezone.now())
    return Status(201, decision)


def _step(request: HttpRequest, uid: UUID, step: Callable[..., None]) -> Decision:
    decisions = Decision.objects.select_related("case", "proposed_by", "seconded_by", "reversed_by")
    with in_words():
        step(get_object_or_404(decisions, uid=uid), by=machines.person(request), at=timezone.now())
    return decisions.get(uid=uid)


@router.post("/decisions/{uuid:uid}/agree", response=DecisionOut, url_name="desk_agree")
def agree(request: HttpRequest, uid: UUID) -> Decision:
    """Agree to a proposed decision, which takes effect now. Never open to the one who proposed it."""
    return _step(request, uid, services.agree)


@router.post("/decisions/{uuid:uid}/decline", response=DecisionOut, url_name="desk_decline")
def decline(request: HttpRequest, uid: UUID) -> Decision:
    """Do not agree to a proposed decision: nothing follows, and the case waits again."""
    return _step(request, uid, services.decline)


@router.post("/decisions/{uuid:uid}/withdraw", response=DecisionOut, url_name="desk_withdraw")
def withdraw(request: HttpRequest, uid: UUID) -> Decision:
    """Take back one's own proposal before anybody agreed to it."""
    return _step(request, uid, services.withdraw)


@router.post("/decisions/{uuid:uid}/reverse", response=DecisionOut, url_name="desk_reverse")
def reverse(request: HttpRequest, uid: UUID) -> Decision:
    """Take a decision back; everything that followed is lifted. For senior reviewers."""
    return _step(request, uid, services.reverse)


class ManyIn(Schema):
    """Cases that are decided alike."""

    cases: list[UUID] = Field(min_length=1, max_length=bulk.MOST)
    judgement: JudgementIn


@router.post("/bulk", response={201: BulkOut}, url_name="desk_bulk")
def judge_many(request: HttpRequest, body: ManyIn) -> Status[Any]:
    """Decide many cases alike, by the same rules as one alone; one that cannot be decided stops no other."""
    cases = list(Case.objects.filter(uid__in=body.cases).order_by("pk"))
    if len(cases) != len(set(body.cases)):
        raise problems.Refused(404, "One of the cases is not here; nothing was decided. Correct the list.")
    with in_words():
        judged = bulk.judge_many(cases, body.judgement.judgement(), by=machines.person(request), at=timezone.now())
    return Status(201, {"uid": judged.bulk.uid, "each": judged.each})


@router.post("/bulk/{uuid:uid}/agree", response=BulkOut, url_name="desk_bulk_agree")
def agree_many(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Agree to everything of it that waits for a second person."""
    return _many(request, uid, bulk.agree)


@router.post("/bulk/{uuid:uid}/undo", response=BulkOut, url_name="desk_bulk_undo")
def undo_many(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    """Take back what of it waits or is in effect."""
    return _many(request, uid, bulk.undo)


def _many(request: HttpRequest, uid: UUID, step: Callable[..., Sequence[bulk.One]]) -> dict[str, Any]:
    found = get_object_or_404(Bulk, uid=uid)
    with in_words():
        return {"uid": uid, "each": step(found, by=machines.person(request), at=timezone.now())}


class WordsIn(Schema):
    """Words for a person."""

    text: str = Field(min_length=1, max_length=4000)


@router.post("/cases/{uuid:uid}/notes", response={201: NoteOut}, url_name="desk_note")
def note(request: HttpRequest, uid: UUID, body: WordsIn) -> Status[Any]:
    """Leave a note for the next colleague. No reporter and no affected person reads it."""
    case = get_object_or_404(Case, uid=uid)
    with in_words():
        return Status(201, notes.add(case, body.text, by=machines.person(request), at=timezone.now()))


def _joined(uid: UUID, report_uid: UUID) -> CaseReport:
    joined = CaseReport.objects.select_related("case", "report")
    return get_object_or_404(joined, case__uid=uid, report__uid=report_uid)


@router.post("/cases/{uuid:uid}/reports/{uuid:report_uid}/messages", response={201: SaidOut}, url_name="desk_ask")
def ask(
    request: HttpRequest,
    uid: UUID,
    report_uid: UUID,
    body: WordsIn,
    idempotency_key: Annotated[UUID | None, Header()] = None,
) -> Status[Any]:
    """Write to a reporter, who reads it with the code. The same words under the same Idempotency-Key are one message."""
    joined, person = _joined(uid, report_uid), machines.person(request)
    key = str(idempotency_key or uuid4())
    with in_words():
        message = conversations.ask(joined.case, joined.report, body.text, by=person, key=key, at=timezone.now())
    return Status(201, message)


class CountOut(Schema):
    """How many things changed; 0 where it was so already."""

    changed: int


@router.post("/cases/{uuid:uid}/reports/{uuid:report_uid}/read", response=CountOut, url_name="desk_read")
def read(request: HttpRequest, uid: UUID, report_uid: UUID) -> dict[str, int]:
    """Note that the desk has read what a reporter wrote."""
    report, person = _joined(uid, report_uid).report, machines.person(request)
    with in_words():
        return {"changed": dialogue.note_read(report, by=person, at=timezone.now())}


@router.post("/cases/{uuid:uid}/reports/{uuid:report_uid}/misuse", response=CountOut, url_name="desk_misuse")
def misuse(request: HttpRequest, uid: UUID, report_uid: UUID) -> dict[str, int]:
    """Note that the button was misused with a report, once."""
    report, person = _joined(uid, report_uid).report, machines.person(request)
    with in_words():
        return {"changed": int(dialogue.note_misuse(report, by=person, at=timezone.now()))}
