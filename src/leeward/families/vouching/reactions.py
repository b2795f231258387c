"""What follows for ages that guardians said: where the link or the age changes, they count no more."""

from __future__ import annotations

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.families.models import Child
from leeward.families.permission.choices import LinkState
from leeward.families.permission.models import GuardianLink
from leeward.families.vouching import services
from leeward.families.vouching.models import Vouch


@task
@transaction.atomic
def look_at_link(link_uid: str) -> None:
    """End what the guardian of a link said of the child, where the link does not hold any more."""
    link = GuardianLink.objects.filter(uid=link_uid).exclude(state=LinkState.ACTIVE).first()
    if link is not None and Vouch.objects.filter(child=link.child, guardian=link.guardian).exists():
        services.end(link.child, actor="system", at=timezone.now())


@task
@transaction.atomic
def end_of_child(child_uid: str) -> None:
    """End what was said of a child that grew older, or was taken off."""
    child = Child.objects.filter(uid=child_uid).first()
    if child is not None:
        services.end(child, actor="system", at=timezone.now())
