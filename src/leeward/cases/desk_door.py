"""Who comes in at the desk's API, and how it says no: for each refusal of a service a status and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ninja import Router

from leeward.cases import (
    actions,
    appeals,
    approvals,
    bulk,
    conversations,
    evidence_copies,
    export,
    leg_making,
    legs,
    notes,
    responsible,
    retention,
    routing,
    rule_drafts,
    services,
    submission,
    targets,
    viewing,
    wellbeing,
)
from leeward.core import machines, problems
from leeward.core.models import ApiKey
from leeward.engines.clocks import CalendarRefused
from leeward.engines.routing import BadRow
from leeward.reports import dialogue

KEY = machines.PersonalKey(ApiKey.Scope.DESK, services.JUDGES)

REFUSALS: dict[type[Exception], tuple[int, str]] = {
    services.NotForThisPerson: (403, "Your role does not allow this. Ask a senior reviewer."),
    services.NotTaken: (409, "You do not have this case, so there is nothing to give back."),
    services.TakenByAnother: (409, "A colleague has this case now. Take another one, or wait until «taken_until»."),
    services.AlreadyDecided: (409, "It is not where this step begins. Read it again and see what was done."),
    services.NeedsAnother: (403, "You began this yourself, so a colleague must agree to it."),
    actions.CannotBeAnswered: (409, "This order does not wait for this answer. Read the case again."),
    appeals.TookPart: (403, "You took part in what this appeal is about. A colleague must answer it."),
    appeals.SaysNothing: (422, "Whoever appealed must know why. Write it first."),
    appeals.NotYours: (409, "The appeal is answered, or a colleague has it. Take it first, or take another one."),
    approvals.NotApproved: (403, "No colleague allowed this within the last day. Ask for it first."),
    bulk.TooMany: (422, f"Send at most {bulk.MOST} cases at once."),
    conversations.NotTaken: (409, "Take this case first, so that two do not write to one reporter."),
    conversations.DecidedByThisPerson: (403, "You took part in this decision, so a colleague must answer."),
    dialogue.NotAtTheDesk: (403, "Only the desk writes to reporters."),
    dialogue.SaidNothing: (422, "Write something first."),
    evidence_copies.CannotBeShown: (409, "No safe copy of this can be drawn. Its digests are in the case."),
    export.NotOfThisCase: (404, "The report is not one of this case."),
    leg_making.NotAField: (422, "«fields» takes only names from the list of what may leave."),
    leg_making.RunsAlready: (409, "The body has this case already. Look at its leg."),
    legs.MovedOn: (409, "The leg is not where this step begins. Read the case again."),
    legs.NoWay: (409, "Nothing goes there by itself. Hand it over yourself and note it."),
    legs.WordsMissing: (422, "Whoever reads it later must know why. Write one sentence."),
    notes.SaidNothing: (422, "Write something first."),
    responsible.ConfirmedAlready: (409, "Somebody confirmed this body already."),
    responsible.NotSafe: (422, "Give an address that begins with https://."),
    responsible.QueueStays: (409, "This queue is needed: cases wait in it, a rule sends there, or it is «triage»."),
    retention.EndsTooEarly: (422, "A hold ends later than now. Choose a later day."),
    retention.ReleasedAlready: (409, "This hold was released before."),
    retention.SetByRule: (403, "A rule set this hold, so it ends by itself."),
    routing.NoSuchRules: (404, "There are no rules under this name."),
    rule_drafts.NameTaken: (409, "Another rule of this draft has the same «id». Choose another one."),
    rule_drafts.NoSuchRow: (409, "The rule is not in a draft any more. Begin a new draft."),
    submission.NotRefused: (409, "This statement was not refused, or there is nothing to submit any more."),
    targets.NoSuchCalendar: (422, "There is no calendar under this name. Write the calendar first."),
    viewing.NeedsPurpose: (422, "Say in a few words what you must see it for."),
    viewing.NotSure: (409, "Confirm with «is_sure» that you must see it yourself, or ask a senior reviewer."),
}

# These say themselves what is wrong and what to do.
SPEAKING = (
    services.HostCannotBeBlocked,
    services.MeasuresDoNotFit,
    BadRow,
    CalendarRefused,
)


def new_router() -> Router:
    """Return a router whose doors open to people of the desk with a key of their own."""
    return Router(tags=["desk"], auth=KEY)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what a service refuses into a problem document; anything else goes on."""
    try:
        yield
    except SPEAKING as error:
        raise problems.Refused(422, str(error)) from None
    except (legs.NotForPolice, legs.NotTheirs) as error:
        raise problems.Refused(422, f"Nothing was handed over: {error}. Choose another body.") from None
    except wellbeing.OnBreak as error:
        until = error.until.isoformat(timespec="seconds")
        raise problems.Refused(409, f"You have a break until {until}. A colleague can look.") from None
    except viewing.NeverShown as error:
        raise problems.Refused(403, f"This is never shown ({error.hidden.why}); decide by what is known.") from None
    except tuple(REFUSALS) as error:
        status, detail = next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)
        raise problems.Refused(status, detail) from None
