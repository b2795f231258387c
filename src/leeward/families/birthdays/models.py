"""What is remembered instead of a birthday: one month, sealed. It says from when on the child counts as older."""

from __future__ import annotations

from django.db import models

from leeward.core.sealed_text import SealedTextField
from leeward.families.models import Child


class NextAge(models.Model):
    """The next threshold of a child, such as "13 2027-06". Empty once it was crossed: a guardian is asked again then."""

    child = models.OneToOneField(Child, on_delete=models.CASCADE, related_name="next_age")
    # Both are sealed, because together they tell the year of birth.
    reached = SealedTextField(blank=True)
    coming = SealedTextField(blank=True)
    said_at = models.DateTimeField()
    # How near the child was when both were told last: 30 or 7 days, or none yet.
    told_days = models.PositiveSmallIntegerField(null=True)
    crossed_at = models.DateTimeField(null=True)
