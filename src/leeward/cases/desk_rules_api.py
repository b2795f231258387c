"""The desk for programs: who may be responsible, how they are reached, and the rules that choose among them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Schema, Status
from pydantic import HttpUrl, field_validator

from leeward.cases import desk_door, responsible, routing, rule_drafts
from leeward.cases.desk_bodies import Person
from leeward.cases.desk_door import in_words
from leeward.cases.models import Body, Contact, Rule
from leeward.cases.rule_drafts import Step
from leeward.core import machines, problems

router = desk_door.new_router()
# So many cases are planned once more when other rules are tried, as on the page.
DRY_RUN_MOST = 1000


class ContactOut(Schema):
    """How a body is reached; `natures` is empty where that is for everything. A webhook's address is not told."""

    id: int
    transport: str
    natures: list[str]
    mail: str


class BodyOut(Schema):
    """Whoever may be responsible for a case. Nothing leaves by itself to one that nobody here has confirmed."""

    slug: str
    name: str
    kind: str
    jurisdiction: str
    responsible_for: list[str]
    never_for: list[str]
    page_url: str
    source: str
    as_of_date: date
    confirmed_by: Person
    confirmed_at: datetime | None
    contacts: list[ContactOut]


@router.get("/bodies", response=list[BodyOut], url_name="desk_bodies")
def bodies(request: HttpRequest) -> QuerySet[Body]:
    """List whoever may be responsible for a case."""
    return Body.objects.select_related("confirmed_by").prefetch_related("contacts").order_by("slug")


class BodyIn(Schema):
    """What is known of a body."""

    name: str = Field(min_length=1, max_length=200)
    kind: Body.Kind
    jurisdiction: str = Field(pattern=r"^([A-Z]{2}|any)$", description="Two capital letters such as MN, EU, or «any».")
    responsible_for: list[str] = Field([], max_length=50)
    never_for: list[str] = Field([], max_length=50)
    page_url: HttpUrl | None = None
    source: str = Field(min_length=1, max_length=300, description="Where this is known from.")


@router.put("/bodies/{slug:slug}", response=BodyOut, url_name="desk_body")
def keep_body(request: HttpRequest, slug: str, body: BodyIn) -> Body:
    """Add a body, or change one, which then waits to be confirmed again. For senior reviewers."""
    profile = responsible.Profile(
        name=body.name,
        kind=body.kind,
        jurisdiction=body.jurisdiction,
        responsible_for=body.responsible_for,
        never_for=body.never_for,
        page_url=str(body.page_url or ""),
        source=body.source,
    )
    with in_words():
        return responsible.keep_body(slug, profile, by=machines.person(request), at=timezone.now())


@router.post("/bodies/{slug:slug}/confirm", response=BodyOut, url_name="desk_confirm_body")
def confirm_body(request: HttpRequest, slug: str) -> Body:
    """Say that a body and its contacts were checked: from now on legs go there by themselves. For senior reviewers."""
    with in_words():
        responsible.confirm(get_object_or_404(Body, slug=slug), by=machines.person(request), at=timezone.now())
    return Body.objects.select_related("confirmed_by").get(slug=slug)


class ContactIn(Schema):
    """One way to reach a body. `mail` for mail and xarf, `url` for a webhook."""

    transport: Contact.Transport
    natures: list[str] = Field([], max_length=50)
    mail: str = Field("", max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")
    url: str = Field("", max_length=500)

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        return str(HttpUrl(url)) if url else ""


class ContactMadeOut(ContactOut):
    """A contact. `secret` signs what is sent to a webhook, and is shown this once."""

    secret: str | None = None


@router.post("/bodies/{slug:slug}/contacts", response={201: ContactMadeOut}, url_name="desk_add_contact")
def add_contact(request: HttpRequest, slug: str, body: ContactIn) -> Status[Any]:
    """Add a way to reach a body, which then waits to be confirmed again. For senior reviewers."""
    to, person, at = get_object_or_404(Body, slug=slug), machines.person(request), timezone.now()
    kinds, secret = Contact.Transport, None
    if (body.transport in {kinds.MAIL, kinds.XARF}) != bool(body.mail) or (body.transport == kinds.WEBHOOK) != bool(
        body.url
    ):
        raise problems.Refused(422, "Give «mail» for mail and xarf, «url» for a webhook, and neither for a task.")
    with in_words():
        if body.transport == kinds.WEBHOOK:
            made, secret = responsible.add_webhook(to, url=body.url, natures=body.natures, by=person, at=at)
        elif body.transport == kinds.TASK:
            made = responsible.add_task(to, natures=body.natures, by=person, at=at)
        else:
            is_xarf = body.transport == kinds.XARF
            made = responsible.add_mail(to, mail=body.mail, is_xarf=is_xarf, natures=body.natures, by=person, at=at)
    told = {name: getattr(made, name) for name in ("id", "transport", "natures", "mail")}
    return Status(201, {**told, "secret": secret})


@router.delete("/bodies/{slug:slug}/contacts/{int:number}", response={204: None}, url_name="desk_remove_contact")
def remove_contact(request: HttpRequest, slug: str, number: int) -> Status[None]:
    """Remove a contact; what was to go there waits for a person. For senior reviewers."""
    found = get_object_or_404(Contact.objects.select_related("body", "endpoint"), pk=number, body__slug=slug)
    with in_words():
        responsible.remove_contact(found, by=machines.person(request), at=timezone.now())
    return Status(204, None)


class RuleOut(Schema):
    """One row of a rule set, in force or in a draft."""

    uid: UUID
    rule_set: str
    position: int
    rule: dict[str, Any]
    source: str
    as_of_date: date
    is_live: bool
    confirmed_by: Person
    confirmed_at: datetime | None


class ChangeOut(Schema):
    """One difference; an empty side means: not there."""

    leg: str
    what: str
    before: str
    after: str


class ShiftOut(Schema):
    """One case that other rules would treat differently."""

    case: UUID = Field(alias="case.uid")
    changes: list[ChangeOut]


class DryRunOut(Schema):
    """What other rules would make of the newest cases; the pairs are counts before and after."""

    asked: int
    shifts: list[ShiftOut]
    police: tuple[int, int]
    unroutable: tuple[int, int]


@router.get("/rules", response=list[RuleOut], url_name="desk_rules")
def rules(request: HttpRequest) -> QuerySet[Rule]:
    """List the rules in force and the drafts, in order."""
    return Rule.objects.order_by("-is_live", "rule_set", "position")


class RuleSetIn(Schema):
    """The name of a shipped rule set, or of a draft."""

    name: str = Field(max_length=60)


class NameOut(Schema):
    """The name of a draft or of the rules in force."""

    name: str


@router.post("/rules/install", response={201: NameOut}, url_name="desk_install_rules")
def install(request: HttpRequest, body: RuleSetIn) -> Status[Any]:
    """Make a draft of a shipped rule set; nothing is in force yet. For senior reviewers."""
    with in_words():
        return Status(201, {"name": routing.install(body.name, by=machines.person(request), at=timezone.now())})


class DryRunIn(RuleSetIn):
    """Which draft, over how many of the newest cases."""

    last: int = Field(100, ge=1, le=DRY_RUN_MOST)


@router.post("/rules/dry-run", response=DryRunOut, url_name="desk_dry_run")
def dry_run(request: HttpRequest, body: DryRunIn) -> routing.DryRun:
    """Show what a draft would make of the newest cases; nothing changes. For senior reviewers."""
    with in_words():
        return routing.dry_run(body.name, last=body.last, by=machines.person(request))


@router.post("/rules/live", response=NameOut, url_name="desk_rules_live")
def go_live(request: HttpRequest, body: RuleSetIn) -> dict[str, str]:
    """Put a draft in force in place of all other rules. For senior reviewers."""
    with in_words():
        routing.go_live(body.name, by=machines.person(request), at=timezone.now())
    return {"name": body.name.removeprefix(routing.DRAFT)}


@router.post("/rules/begin", response={201: NameOut}, url_name="desk_begin_rules")
def begin(request: HttpRequest) -> Status[Any]:
    """Make a draft of what is in force, to change it. For senior reviewers."""
    with in_words():
        return Status(201, {"name": routing.DRAFT + rule_drafts.begin(by=machines.person(request))})


@router.post("/rules/discard", response={204: None}, url_name="desk_discard_rules")
def discard(request: HttpRequest, body: RuleSetIn) -> Status[None]:
    """Throw a draft away; what is in force stays. For senior reviewers."""
    with in_words():
        rule_drafts.discard(body.name.removeprefix(routing.DRAFT), by=machines.person(request))
    return Status(204, None)


class RuleIn(RuleSetIn):
    """A rule in words of `GET /rules`, for the end of a draft."""

    rule: dict[str, Any]


@router.post("/rules", response={201: RuleOut}, url_name="desk_add_rule")
def add_rule(request: HttpRequest, body: RuleIn) -> Status[Any]:
    """Add a rule at the end of a draft. For senior reviewers."""
    draft, person = body.name.removeprefix(routing.DRAFT), machines.person(request)
    with in_words():
        return Status(201, rule_drafts.add(draft, body.rule, by=person, at=timezone.now()))


class RuleWordsIn(Schema):
    """A rule in other words, and since when they are right; without a day, since today."""

    rule: dict[str, Any]
    as_of: date | None = None


@router.put("/rules/{uuid:uid}", response=RuleOut, url_name="desk_change_rule")
def change_rule(request: HttpRequest, uid: UUID, body: RuleWordsIn) -> Rule:
    """Put a rule of a draft in other words. For senior reviewers."""
    as_of = body.as_of or timezone.localdate()
    with in_words():
        rule_drafts.change(_rule(uid), body.rule, by=machines.person(request), as_of=as_of)
    return _rule(uid)


class StepIn(Schema):
    """What is done with the place of a rule."""

    step: Step


@router.post("/rules/{uuid:uid}/step", response={204: None}, url_name="desk_step_rule")
def step_rule(request: HttpRequest, uid: UUID, body: StepIn) -> Status[None]:
    """Move a rule of a draft up or down, or take it out. For senior reviewers."""
    with in_words():
        rule_drafts.step(_rule(uid), body.step, by=machines.person(request))
    return Status(204, None)


@router.post("/rules/{uuid:uid}/confirm", response=RuleOut, url_name="desk_confirm_rule")
def confirm_rule(request: HttpRequest, uid: UUID) -> Rule:
    """Note that counsel confirmed a rule. For senior reviewers."""
    with in_words():
        rule_drafts.confirm(_rule(uid), by=machines.person(request), at=timezone.now())
    return _rule(uid)


def _rule(uid: UUID) -> Rule:
    return get_object_or_404(Rule.objects.select_related("confirmed_by"), uid=uid)
