"""What exchange remembers of what was sent to us: what became of each request."""

from __future__ import annotations

import uuid

from django.db import models

from leeward.exchange.partners.models import Partner


class Submission(models.Model):
    """What became of one request by which a partner added objects: the status resource of TAXII."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    # Each {id, version} and, where it was refused, {message}.
    successes = models.JSONField(default=list)
    failures = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["at"], name="submission_by_age")]
