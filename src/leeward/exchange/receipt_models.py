"""What exchange remembers of bells and of withdrawals: who has confirmed which one, and how far each partner was rung for."""

from __future__ import annotations

from django.db import models

from leeward.core.models import Endpoint
from leeward.exchange.partner_models import Partner
from leeward.exchange.version_models import Version


class Receipt(models.Model):
    """A partner has told us that it took in a withdrawal."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="receipts")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="receipts")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "partner"], name="withdrawal_is_confirmed_once")]


class Rung(models.Model):
    """Up to which place a partner's own system was rung for by webhook: many changes are one ring, and none is lost."""

    endpoint = models.OneToOneField(Endpoint, on_delete=models.CASCADE, primary_key=True, related_name="+")
    place = models.BigIntegerField(default=0)
