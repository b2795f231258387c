"""What exchange remembers of who may see what."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from leeward.indicators.models import Tlp

ANY = "*"  # In a rule: all of them.


class ShareRule(models.Model):
    """One sentence of what may be told to whom. What no rule names stays here."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Categories, or ANY alone.
    categories = models.JSONField()
    # ISO 3166-1 in two letters, a group and a purpose of partners; or ANY.
    jurisdiction = models.CharField(max_length=2)
    purpose = models.CharField(max_length=20)
    group = models.CharField(max_length=20)
    most_tlp = models.CharField(
        max_length=12, choices=[(tlp.value, tlp.label) for tlp in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER)]
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_tlp__in=[Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER]), name="rule_shares_what_may_travel"
            ),
        ]
        ordering = ["made_at", "pk"]
