"""How a provider's system says how an order ended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from leeward.cases import actions
from leeward.cases.models import Action
from leeward.core import machines, problems
from leeward.core.models import ApiKey

router = Router(tags=["actions"], auth=machines.Bearer(ApiKey.Scope.ACTIONS))


class AnswerIn(Schema):
    """How an order ended."""

    done: bool = Field(description="True: it is done. False: it could not be done, and a person at the desk must look.")


class AnswerOut(Schema):
    """How an order stands now."""

    uid: UUID
    kind: str
    state: str
    answered_at: datetime | None


@router.post("/actions/{uuid:uid}/answer", response=AnswerOut, url_name="answer_action")
def answer(request: HttpRequest, uid: UUID, body: AnswerIn) -> Action:
    """Say how an order ended; `uid` is its `action_id`. The same answer again changes nothing."""
    organisation = machines.caller(request)
    # Of an order that is another's, or a person's, a provider learns nothing, not even that there is one.
    theirs = Action.objects.filter(decision__case__subject__provider=organisation).exclude(target=Action.TASK)
    found = theirs.filter(uid=uid).first()
    if found is None:
        raise problems.Refused(404, "No order of this number was sent to you.")
    try:
        actions.confirm(found, done=body.done, by=organisation, at=timezone.now())
    except actions.CannotBeAnswered:
        raise problems.Refused(409, "This order was taken back or answered otherwise; nothing is expected.") from None
    found.refresh_from_db()
    return found
