"""What screening remembers: matches. What matched nothing is a number and not a row."""

from __future__ import annotations

from django.db import models

from leeward.core.models import Organisation
from leeward.indicators.models import Indicator


class Match(models.Model):
    """One upload that is known: which sign, how near, who asked. Not the bytes, and not who uploaded."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT)
    distance_bits = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    item_id = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="match_newest")]
