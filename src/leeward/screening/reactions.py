"""What screening does by itself when something happened. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.core import outbox, webhooks
from leeward.core.models import Endpoint
from leeward.reports.models import Outcome
from leeward.screening import holds
from leeward.screening.models import Hold

_ENDS = {
    Outcome.Kind.KEPT: Hold.State.RELEASED,
    Outcome.Kind.REMOVED: Hold.State.REFUSED,
    Outcome.Kind.ACTED: Hold.State.REFUSED,
}


@task
@transaction.atomic
def tell_provider(hold_uid: str) -> None:
    """Owe each of the provider's systems the word that a held upload may be published, or not."""
    held = Hold.objects.get(uid=hold_uid)
    at = timezone.now()
    outbox.owe(
        [
            outbox.Owed(send_end, {"hold_uid": hold_uid, "endpoint_uid": str(uid)}, f"hold:{hold_uid}:{uid}")
            for uid in Endpoint.objects.filter(organisation=held.organisation, is_open=True).values_list(
                "uid", flat=True
            )
        ],
        at=at,
    )


@task
def send_end(hold_uid: str, endpoint_uid: str) -> None:
    """Tell one of the provider's systems how a hold ended."""
    held = Hold.objects.get(uid=hold_uid)
    endpoint = Endpoint.objects.get(uid=endpoint_uid)
    data = {"hold": hold_uid, "state": held.state, "item_id": held.item_id, "sha256": held.sha256}
    message_id = f"hold-{hold_uid}-{endpoint_uid}"
    webhooks.send(endpoint, message_id=message_id, kind="hold.ended", data=data, at=timezone.now())


@task
def settle_hold(report_uid: str, outcome: str) -> None:
    """End the hold whose report the desk has decided: what may stay is released, what is removed is refused."""
    state = _ENDS.get(Outcome.Kind(outcome))
    if state is None:
        return
    for held in Hold.objects.filter(report_uid=report_uid, state=Hold.State.HELD):
        holds.end(held, state, by=None, actor="system", at=timezone.now())
