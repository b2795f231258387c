"""How a leg begins: to whom, by which contact, with which fields, and whether a person must look at it before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from leeward.cases import events
from leeward.cases.models import Body, Case, Contact, Decision, Leg, Rule
from leeward.cases.states import DecisionState, LegState
from leeward.core import config, facts, keys
from leeward.core.models import User
from leeward.engines import routing
from leeward.reports import receipts

RUNNING = (LegState.HELD, LegState.OWED, LegState.SENT, LegState.ACCEPTED)
# What `Leg.given_by` says where no rule gave it.
PERSON, DANGER, WHOLE = "person", "person: danger to life", "person: the whole case"
BY_PERSON = (PERSON, DANGER, WHOLE)


class RunsAlready(Exception):
    """The body has this case already; look at the leg that runs."""


class NotAField(Exception):
    """A field that is not on the closed list of what may leave; choose among those that are shown."""


@dataclass(frozen=True)
class Given:
    """What a leg begins with, whoever gave it. `fields` are the names of what may leave, and nothing else does."""

    body: Body
    name: str
    given_by: str
    why: str
    legal_basis: str
    fields: Sequence[str]
    due_at: datetime
    needs_second: bool
    sent_by: User | None = None
    after: Leg | None = None


def code_of(leg: Leg) -> str:
    """Return the code with which the body of a leg answers. It is made from the key each time and kept nowhere."""
    return receipts.for_key(keys.keyed_digest("code of a leg", str(leg.uid)).hex())


def digest_of(code: str) -> bytes:
    """Return the digest under which the code of a leg is found."""
    return keys.keyed_digest("leg", code)


def contact_for(body: Body, *, nature: str) -> Contact | None:
    """Return how a body is reached in such a matter: a contact for its nature, else one for everything, else None."""
    contacts = list(body.contacts.select_related("endpoint").order_by("pk"))
    named = [contact for contact in contacts if nature and nature in contact.natures]
    return next(iter([*named, *(contact for contact in contacts if not contact.natures)]), None)


def sends_itself(contact: Contact | None) -> bool:
    """True where the worker can send to a contact; otherwise a person hands it over."""
    if contact is None or contact.transport == Contact.Transport.TASK:
        return False
    if contact.transport == Contact.Transport.WEBHOOK:
        return contact.endpoint is not None and contact.endpoint.is_open
    return bool(config.current().intake.mail_from)


def open_leg(case: Case, given: Given, *, actor: str, at: datetime) -> Leg:
    """Make a leg: owed where it can leave by itself, held for a person where not. Raises `RunsAlready`.

    Call it inside the transaction of whatever led to it.
    """
    contact = contact_for(given.body, nature=case.nature)
    waits = given.needs_second or given.body.confirmed_at is None or not sends_itself(contact)
    leg = Leg(
        case=case,
        body=given.body,
        contact=contact,
        name=given.name,
        state=LegState.HELD if waits else LegState.OWED,
        given_by=given.given_by,
        sent_by=given.sent_by,
        why=given.why,
        legal_basis=given.legal_basis,
        fields=closed(given.fields),
        hop=given.after.hop + 1 if given.after else 1,
        after=given.after,
        made_at=at,
        due_at=given.due_at,
    )
    leg.code = digest_of(code_of(leg))
    try:
        with transaction.atomic():
            leg.save(force_insert=True)
    except IntegrityError:
        raise RunsAlready from None
    announce(leg, LegState(leg.state), actor=actor, at=at)
    return leg


def announce(leg: Leg, state: LegState, *, actor: str, at: datetime) -> None:
    """Announce where a leg stands now."""
    facts.announce(events.LegMoved(str(leg.case.uid), str(leg.uid), state), actor=actor, at=at)


def closed(fields: Collection[str]) -> list[str]:
    """Return names of fields in the order of the closed list; raise `NotAField` for any other name."""
    if set(fields) - routing.FIELDS:
        raise NotAField
    return [field for field in routing.Field if field in fields]


def has_identity(fields: Collection[str]) -> bool:
    """True where a field shows who somebody is, which leaves only when two people agreed."""
    return bool(routing.IDENTITY_FIELDS & set(fields))


def needs_second(leg: Leg) -> bool:
    """True where another person must release a leg. A rule that is gone is taken to have asked for it."""
    if has_identity(leg.fields):
        return True
    if leg.given_by in BY_PERSON:
        return leg.body.kind == Body.Kind.POLICE and leg.given_by != DANGER
    row = Rule.objects.filter(is_live=True, rule__id=leg.given_by).first()
    return row is None or bool(row.rule.get("needs_second", False))


def illegal_decision(case: Case) -> Decision | None:
    """Return the decision in effect that found a case illegal, or None."""
    return case.decisions.filter(state=DecisionState.EFFECTIVE, outcome=Decision.Outcome.ILLEGAL).first()
