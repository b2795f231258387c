"""What exchange remembers of withdrawals: who has confirmed which one."""

from __future__ import annotations

from django.db import models

from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf.models import Version


class Receipt(models.Model):
    """A partner has told us that it took in a withdrawal."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="receipts")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="receipts")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "partner"], name="withdrawal_is_confirmed_once")]
