"""What follows from permissions: the service's own system is told, and ages and households are followed."""

from __future__ import annotations

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.core import webhooks
from leeward.core.models import Endpoint
from leeward.families.models import Child
from leeward.families.permission import gates, services
from leeward.families.permission.choices import State
from leeward.families.permission.models import Permission


@task
def tell_service(permission_uid: str) -> None:
    """Tell the service's system what holds now: it reads the present, so a late call says nothing that is over."""
    permission = Permission.objects.filter(uid=permission_uid).select_related("service").first()
    if permission is None:
        return
    at = timezone.now()
    holds = permission.state == State.GRANTED and permission.until is not None and permission.until > at
    kind = "permission.granted" if holds else "permission.revoked"
    data: dict[str, object] = {"subject": str(permission.subject), "ticket": permission.ticket}
    if holds and permission.until is not None:
        data |= {"scopes": permission.granted, "until": permission.until.isoformat()}
    moment = permission.answered_at if holds else permission.ended_at
    for endpoint in Endpoint.objects.filter(organisation=permission.service, is_open=True):
        message_id = f"{kind}-{permission.uid}-{endpoint.uid}-{int(moment.timestamp()) if moment else 0}"
        webhooks.send(endpoint, message_id=message_id, kind=kind, data=data, at=at)


@task
@transaction.atomic
def look_again(child_uid: str) -> None:
    """End what stands on an age that is not so any more."""
    child = Child.objects.filter(uid=child_uid, removed_at=None).select_related("household").first()
    if child is not None:
        services.look_again(child, at=timezone.now())


@task
@transaction.atomic
def end_of_child(child_uid: str) -> None:
    """End what a child was allowed that was taken off."""
    gone = Permission.objects.filter(child__uid=child_uid, child__removed_at__isnull=False)
    gates.end(gone, State.REVOKED, actor="system", at=timezone.now())


@task
@transaction.atomic
def end_of_household(household_uid: str) -> None:
    """End what the children of a household were allowed that everybody left."""
    gone = Permission.objects.filter(child__household__uid=household_uid, child__household__closed_at__isnull=False)
    gates.end(gone, State.REVOKED, actor="system", at=timezone.now())
