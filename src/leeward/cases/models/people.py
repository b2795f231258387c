"""What the work costs the people who do it."""

from __future__ import annotations

from django.db import models

from leeward.core.models import User


class Exposure(models.Model):
    """How much one person looked at on one day, and when the next break ends."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    day_date = models.DateField()
    seconds = models.PositiveIntegerField(default=0)
    views = models.PositiveIntegerField(default=0)
    # Since the last break.
    seconds_in_a_row = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    break_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day_date"], name="exposure_a_day")]


class Token(models.Model):
    """One word of what was said in a case, as a keyed digest, so that search opens nothing."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "case"], name="token_once_a_case")]
