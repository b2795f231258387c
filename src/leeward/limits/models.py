"""What limits remember: what is kept away from whom and when, and what children asked. Names of sites are sealed."""

from __future__ import annotations

import uuid

from django.db import models

from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField
from leeward.families.models import Child, Household
from leeward.limits.choices import Answer, Purpose, Whose, Why, Wish


class LimitsHere(models.QuerySet["Limits"]):
    """Limits of a household."""

    def here(self) -> LimitsHere:
        """Return those of households that are not closed and of children that were not taken off."""
        return self.filter(models.Q(child=None) | models.Q(child__removed_at=None), household__closed_at=None)


class Limits(models.Model):
    """What is kept away from one child, or from some devices of a household. Its key is the number of its profile."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="limits")
    whose = models.CharField(max_length=6, choices=Whose.choices)
    child = models.OneToOneField(Child, null=True, on_delete=models.CASCADE, related_name="limits")
    # Slugs of the catalogue, in the order of its bits.
    blocked = models.JSONField(default=list)
    homework_blocked = models.JSONField(default=list)
    safe = models.JSONField(default=list)
    paused_until = models.DateTimeField(null=True)
    extra_until = models.DateTimeField(null=True)
    shows_names = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    # All of it as it was before the last step, as JSON. Sealed, because names of sites are among it.
    before = SealedTextField(blank=True, default="")

    objects = LimitsHere.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(whose=Whose.CHILD, child__isnull=False)
                | (~models.Q(whose=Whose.CHILD) & models.Q(child__isnull=True)),
                name="limits_of_a_child_or_of_nobody",
            ),
            models.UniqueConstraint(
                fields=["household", "whose"], condition=models.Q(child=None), name="limits_once_in_a_household"
            ),
        ]
        ordering = ["pk"]


class Window(models.Model):
    """A time of the week, as `engines.policy.family.Window` has it: local minutes on quarters of an hour, 0 = Monday."""

    limits = models.ForeignKey(Limits, on_delete=models.CASCADE, related_name="windows")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    days = models.JSONField()
    start = models.PositiveSmallIntegerField()
    end = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["purpose", "start", "pk"]


class OwnName(models.Model):
    """A name that the family itself opens or closes, with all below it, until a moment or for good."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    limits = models.ForeignKey(Limits, on_delete=models.CASCADE, related_name="own_names")
    name = SealedTextField()
    allows = models.BooleanField()
    until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "pk"]


class HouseRules(models.Model):
    """What holds for everybody in a household. Without this row, the zone is the one of the settings."""

    household = models.OneToOneField(Household, on_delete=models.CASCADE, related_name="house_rules")
    zone = models.CharField(max_length=64)  # Of the IANA list.


class FreeDays(models.Model):
    """Days on which no window begins, the first and the last one included."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="free_days")
    first = models.DateField()
    last = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="free_days_in_order")
        ]
        ordering = ["first", "pk"]


class Reward(models.Model):
    """More time that a guardian gave, and why."""

    limits = models.ForeignKey(Limits, on_delete=models.CASCADE, related_name="rewards")
    minutes = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=8, choices=Why.choices)
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    @property
    def reason(self) -> str:
        """What it was given for, in the language of the page; nothing where none of the reasons fits."""
        return "" if self.why == Why.OTHER else str(Why(self.why).label)


class Ask(models.Model):
    """A question of a child, which waits for a guardian until it expires."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    limits = models.ForeignKey(Limits, on_delete=models.CASCADE, related_name="asks")
    kind = models.CharField(max_length=4, choices=Wish.choices)
    name = SealedTextField(blank=True, default="")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=Answer.choices, default=Answer.WAITING)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)
    # Until when it was allowed; None with an open end.
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(kind=Wish.NAME) & ~models.Q(name="")) | models.Q(kind=Wish.TIME, name=""),
                name="ask_for_a_name_has_one",
            )
        ]
        ordering = ["made_at", "pk"]
