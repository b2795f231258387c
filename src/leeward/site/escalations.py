"""The one door from helplines to the case desk: what a counsellor chose becomes a report, and with that a case.

Neither side reads the other. This file takes the chosen words from the one, gives them to the other by its ordinary intake,
and has them forgotten where they came from.
"""

from __future__ import annotations

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.helplines.desk import escalations
from leeward.helplines.desk.models import Escalation
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason

# Read by the case desk, which writes its cases in English words and each report in its own language.
_AGREED = {
    Escalation.Agreed.YES: "The child agreed that you read this.",
    Escalation.Agreed.DUTY: "The child did not agree or could not be asked. Duty that forces it: ",
}


@task
@transaction.atomic
def open_case(escalation_uid: str) -> None:
    """Report an escalation to the case desk, then forget its words at the helpline. Twice is as good as once."""
    made = Escalation.objects.select_related("conversation").get(uid=escalation_uid)
    if made.given_at is not None:
        return
    at = timezone.now()
    agreed = Escalation.Agreed(made.agreed)
    reports.receive(
        reports.Draft(
            reason=Reason.DANGER,
            channel=Channel.HELPLINE,
            # Its own subject: two escalations are never one case because they look alike.
            app=f"Helpline, escalation {made.uid}",
            words=f"{_AGREED[agreed]}{made.reason}\n\n{made.words}",
            language=made.conversation.language,
            band=made.conversation.band,
            idempotency_key=f"helpline escalation {made.uid}",
        ),
        at=at,
    )
    escalations.given(made, at=at)
