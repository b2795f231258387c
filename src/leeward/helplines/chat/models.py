"""Who of the counsellors has a line open at this moment."""

from __future__ import annotations

from django.db import models

from leeward.core.models import User


class Presence(models.Model):
    """One open line of one person's desk page. It goes with the line; one that fell silent counts no more, see `presence.py`."""

    line = models.UUIDField(unique=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_index=True)
