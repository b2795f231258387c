"""What is remembered of rules and permits. A rule is a dated row with its source; a permit names nobody."""

from __future__ import annotations

import uuid

from django.db import models

from leeward.age.rules.kinds import Kind
from leeward.core.models import User

EVERYWHERE = "*"


class AgeRule(models.Model):
    """One age of one law in one country, from a day to a day. It applies once the operator confirmed it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    country = models.CharField(max_length=2)  # ISO 3166, or `*`.
    country_name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    age = models.PositiveSmallIntegerField()
    # Both days are in; without one, the rule is open to that side.
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    law = models.CharField(max_length=300)
    source = models.CharField(max_length=800)
    note = models.CharField(max_length=600, blank=True)
    confidence = models.CharField(max_length=10, blank=True)
    # Of everything above: the same row comes in once.
    digest = models.CharField(max_length=64, unique=True)
    suggested_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None, confirmed_at=None)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="rule_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_to=None)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="rule_days_in_order",
            ),
        ]
        ordering = ["country_name", "kind", "valid_from", "pk"]


class Permit(models.Model):
    """One thing that somebody under a pseudonym may do at a service, until a moment. Gates read it at each question."""

    subject = models.UUIDField()
    scope = models.CharField(max_length=60)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "scope"], name="permit_once")]
