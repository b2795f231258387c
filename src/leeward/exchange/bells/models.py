"""What exchange remembers of bells: how far each partner was rung for."""

from __future__ import annotations

from django.db import models

from leeward.core.models import Endpoint


class Rung(models.Model):
    """Up to which place a partner's own system was rung for by webhook: many changes are one ring, and none is lost."""

    endpoint = models.OneToOneField(Endpoint, on_delete=models.CASCADE, primary_key=True, related_name="+")
    place = models.BigIntegerField(default=0)
