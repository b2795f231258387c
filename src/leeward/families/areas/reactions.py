"""What follows for members of an area when a child grows, a link is held, or a child is taken off."""

from __future__ import annotations

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.families.areas import services
from leeward.families.models import Child
from leeward.families.permission.models import GuardianLink


@task
@transaction.atomic
def look_again(child_uid: str) -> None:
    """Move a child into the room that fits now, or out."""
    child = Child.objects.filter(uid=child_uid).first()
    if child is not None:
        services.look_again(child, at=timezone.now())


@task
@transaction.atomic
def look_at_link(link_uid: str) -> None:
    """Look at the child of a link again, because its guardian may be what shows that it is a child."""
    link = GuardianLink.objects.filter(uid=link_uid).select_related("child").first()
    if link is not None:
        services.look_again(link.child, at=timezone.now())


@task
@transaction.atomic
def look_at_household(household_uid: str) -> None:
    """Look at the children of a household again from which a guardian went."""
    for child in Child.objects.filter(household__uid=household_uid):
        services.look_again(child, at=timezone.now())
