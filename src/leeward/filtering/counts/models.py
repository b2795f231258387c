"""What is remembered of closed doors: numbers for some days, and names only where a guardian asked for them."""

from __future__ import annotations

from django.db import models

from leeward.core.sealed_text import SealedTextField
from leeward.limits.models import Limits


class CountedAnswers(models.Model):
    """How many answers stayed closed on one day, of the family's own calendar, and why. No name stands here."""

    limits = models.ForeignKey(Limits, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    # A slug of the catalogue, or a rule: `pause`, `bedtime`, `homework`, `own-closed`, `safe`.
    kind = models.CharField(max_length=60)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["limits", "day", "kind"], name="answers_counted_once")]
        indexes = [models.Index(fields=["day"], name="counted_answers_by_day")]


class ClosedName(models.Model):
    """A name that stayed closed for somebody whose guardians see such names; the child knows."""

    limits = models.ForeignKey(Limits, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=60)
    name = SealedTextField()
    # The same name is sealed differently each time, so it is found by this.
    digest = models.BinaryField(max_length=32)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["limits", "day", "digest"], name="closed_name_once_a_day")]
        indexes = [models.Index(fields=["day"], name="closed_names_by_day")]


class CountFile(models.Model):
    """A file of counts that was taken. It is deleted next, and not taken again where that is cut short."""

    name = models.CharField(max_length=80, unique=True)
    taken_at = models.DateTimeField()
