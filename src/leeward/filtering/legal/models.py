"""What the law asks to keep away from everybody: orders, their names, and every step that somebody took with one.

Kept apart from the families' own choices and from our own decisions, which are signs.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from leeward.core import keys
from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField

REASON_MAX = 1000
NAME_MAX = 200


class LegalOrder(models.Model):
    """One order to close names: whose it is, since when, until when somebody must look at it again, and why."""

    class Kind(models.TextChoices):
        COURT = "court", _("Order of a court")
        REGULATOR = "regulator", _("List of a regulator")
        HOTLINE = "hotline", _("List of a hotline")

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("In force")
        LIFTED = "lifted", _("Lifted")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    authority = models.CharField(max_length=NAME_MAX)
    reference = models.CharField(max_length=NAME_MAX)
    date = models.DateField()
    review_date = models.DateField()
    # All of this is public, so it may name no person and no site.
    reason = models.TextField(max_length=REASON_MAX)
    # Whether everybody may read the names. The lists of hotlines name places where children are harmed: nobody reads those.
    shows_names = models.BooleanField(default=False)
    name_count = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.IN_FORCE)
    entered_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    # The review date of which the operator was reminded already.
    reminded_date = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="hotline") | Q(shows_names=False), name="names_of_hotlines_are_never_shown"
            ),
            models.CheckConstraint(condition=Q(review_date__gt=F("date")), name="order_is_looked_at_again"),
            models.CheckConstraint(
                condition=Q(state="in_force", lifted_at=None) | Q(state="lifted", lifted_at__isnull=False),
                name="order_is_lifted_at_a_time",
            ),
        ]
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_in_force(self) -> bool:
        """Say whether its names are closed."""
        return self.state == self.State.IN_FORCE

    @property
    def is_readable(self) -> bool:
        """Say whether the operator may read the names here: those of a hotline nobody reads."""
        return self.kind != self.Kind.HOTLINE


class LegalName(models.Model):
    """One name of an order. It stays as it was entered: a changed list is a new order."""

    order = models.ForeignKey(LegalOrder, on_delete=models.PROTECT, related_name="names")
    # Sealed, because a readable table of the worst places is a guide to them.
    name = SealedTextField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "digest"], name="order_names_a_name_once")]
        indexes = [models.Index(fields=["digest"], name="legal_name_by_digest")]

    @staticmethod
    def digest_of(name: str) -> bytes:
        """Return what a normalised name is found by."""
        return keys.keyed_digest("name of a legal order", name)


class LegalStep(models.Model):
    """What somebody did with an order: its history, and what undoing needs."""

    class Kind(models.TextChoices):
        ENTERED = "entered", _("Entered")
        LIFTED = "lifted", _("Lifted")
        EXTENDED = "extended", _("New review date")
        UNDONE = "undone", _("Last step undone")

    order = models.ForeignKey(LegalOrder, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # Why it was lifted; for people who work here, so it stays sealed.
    reason = SealedTextField(max_length=REASON_MAX, blank=True)
    # What the review date was before.
    review_date = models.DateField(null=True)

    class Meta:
        ordering = ["at", "pk"]
