"""Visits in languages that nobody speaks: a day, a language and a number, and nothing of who came."""

from __future__ import annotations

from django.db import models


class UnspokenDay(models.Model):
    """How often the doors of chat and mailbox were opened on one day, by UTC, in a language that no open desk spoke then."""

    date = models.DateField()
    language = models.CharField(max_length=10)
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["date", "language"], name="one_unspoken_day")]
