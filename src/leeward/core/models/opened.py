"""Names that somebody has found to be help, and that nobody closes."""

from __future__ import annotations

from django.db import models


class OpenName(models.Model):
    """One normalised name that stays open with all below it, as long as `keeper` keeps it so."""

    name = models.CharField(max_length=253)
    keeper = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["keeper", "name"], name="kept_open_once")]
