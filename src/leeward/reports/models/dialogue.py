"""What is said about a report after it came: outcomes, messages in both directions, a complaint, a withdrawal."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField
from leeward.reports.models.report import Report


class Outcome(models.Model):
    """What the reporter may read with the code: one line for each step or decision."""

    class Kind(models.TextChoices):
        LOOKED_AT = "looked_at", _("A person is looking at it")
        SENT_ON = "sent_on", _("It was sent to those who can act on it")
        REMOVED = "removed", _("It was taken away")
        KEPT = "kept", _("It stays, because it does not break the rules")
        RESTORED = "restored", _("The decision was changed and it is back")
        NOT_OURS = "not_ours", _("Others must look at this; we tell you who")
        UNCLEAR = "unclear", _("Not enough to find it or to judge it")
        ACTED = "acted", _("It breaks the rules, and we do what we can")
        LIFTED = "lifted", _("The decision was changed and what we did is undone")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # The decision that it tells of, so that telling twice adds nothing.
    decision = models.CharField(max_length=80)
    # Why, or who it went to, in plain words; empty where the kind says it all.
    why = SealedTextField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "kind", "decision"], name="told_once")]
        ordering = ["at", "pk"]

    @property
    def is_decision(self) -> bool:
        """True where it ends the matter, so that the reporter may complain about it."""
        return self.kind not in {Outcome.Kind.LOOKED_AT, Outcome.Kind.SENT_ON}


class Message(models.Model):
    """One message between the reporter and the desk. `asked_by` is empty where the reporter wrote it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="messages")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    text = SealedTextField(max_length=4000)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # Of the form that sent it, so that sending twice is one message.
    request_key = models.BinaryField(max_length=32, unique=True)

    class Meta:
        ordering = ["at", "pk"]


class Complaint(models.Model):
    """The reporter does not agree with an outcome, as Article 20 of the Digital Services Act lets everybody who reported."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="complaints")
    outcome = models.OneToOneField(Outcome, on_delete=models.PROTECT)
    text = SealedTextField(max_length=4000)
    at = models.DateTimeField()


class Withdrawal(models.Model):
    """The reporter took the report back. The desk sees it; what is dangerous is looked at all the same."""

    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="withdrawal")
    at = models.DateTimeField()


class Misuse(models.Model):
    """How often reports from one place were found to be misuse of the button. `place` is a keyed digest that changes each month."""

    place = models.BinaryField(max_length=32, unique=True)
    count = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(db_index=True)
