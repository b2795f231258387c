"""Signs of a false guardian: somebody who says to belong to children in order to come near them. A sign is no proof,
so it puts the links on hold and a person looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from leeward.core.models import User
from leeward.families.permission import links
from leeward.families.permission.choices import LinkState, Relation, Sign, State
from leeward.families.permission.models import GuardianLink, Permission, Stated

# Our own numbers, until later evidence gives better ones: few families have more than six children at home.
MOST_STATED = 6
STATED_KEPT = timedelta(days=365)
NEW_FOR = timedelta(days=7)
BULK_WITHIN = timedelta(hours=1)
BULK = 4


def of(person: User, *, at: datetime) -> Sign | None:
    """Return what speaks against a guardian, or None."""
    # Families that were left count, too: going from one to the next is the pattern.
    if Stated.objects.filter(user=person, at__gt=at - STATED_KEPT).count() > MOST_STATED:
        return Sign.MANY
    is_new = person.date_joined > at - NEW_FOR
    lately = Permission.objects.filter(answered_by__user=person, answered_at__gt=at - BULK_WITHIN)
    granted = lately.filter(state=State.GRANTED)
    if is_new and granted.filter(relation=Relation.STATED).count() >= BULK:
        return Sign.BULK
    return None


@transaction.atomic
def look(person: User, *, at: datetime) -> None:
    """Put every link of a guardian on hold that rests on their own word, where a sign speaks against them."""
    sign = of(person, at=at)
    if sign is None:
        return
    held = GuardianLink.objects.filter(guardian__user=person, relation=Relation.STATED, state=LinkState.ACTIVE)
    # What a person looked at and let hold is not put on hold again by the same sign.
    for link in held.exclude(why=sign, settled_at__isnull=False).select_related("child", "guardian"):
        links.freeze(link, sign, actor="system", at=at)
