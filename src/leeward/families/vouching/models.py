"""What is remembered where guardians say ages: questions that wait, and the years that were said, roughly."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.age.models import AgeTransaction
from leeward.core.sealed_text import SealedTextField
from leeward.families.models import Child, Guardian


class Years(models.TextChoices):
    """How old a child is, between the ages that gates ask for."""

    UNDER_13 = "under_13", _("12 or younger")
    FROM_13 = "from_13", _("13 or 14")
    FROM_15 = "from_15", _("15")
    FROM_16 = "from_16", _("16 or 17")


class Question(models.Model):
    """A child waits for a guardian to say its age. Which page asks stands nowhere that a guardian sees."""

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="age_questions")
    attempt = models.OneToOneField(AgeTransaction, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["asked_at", "pk"]


class Vouch(models.Model):
    """What a guardian said of a child's age, for some weeks."""

    child = models.OneToOneField(Child, on_delete=models.CASCADE, related_name="age_vouch")
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    # One of `Years`, sealed.
    years = SealedTextField()
    said_at = models.DateTimeField()
