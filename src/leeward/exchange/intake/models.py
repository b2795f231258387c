"""What exchange remembers of what partners told: each sign as it came, who disagrees, and what they said about ours."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User
from leeward.exchange.partners.models import Partner
from leeward.indicators.models import Category, Kind, Tlp

REASON_MAX = 20


class Received(models.Model):
    """The newest version of one sign that a partner told. `body` holds the octets as they came, nothing rewritten.

    A withdrawal stays as a row for ever: what arrives late for the same object stays dead.
    """

    class State(models.TextChoices):
        QUARANTINE = "quarantine", _("Waits for a person")
        ACTIVE = "active", _("Protects")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Taken back by its origin")
        DISTRUSTED = "distrusted", _("Not believed here")

    class Reason(models.TextChoices):
        """Why a sign is in its state, where that needs a word."""

        CANARY = "canary", _("It names something harmless that we planted")
        DOUBTED = "doubted", _("Others disagree")
        EXPIRED = "expired", _("Its time is over")
        MISTAKE = "mistake", _("It is a mistake")
        HARMLESS = "harmless", _("What it names is harmless")
        NOT_OURS = "not_ours", _("It is lawful here")
        UNCLEAR = "unclear", _("It cannot be judged")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Whose sign it is: the partner that signed it.
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="received")
    object_id = models.CharField(max_length=80)
    version_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices)
    reason = models.CharField(max_length=REASON_MAX, choices=Reason.choices, blank=True)
    body = models.BinaryField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=2048)
    # Other ways to recognise the same thing, each as [kind, value]: further digests of one file.
    others = models.JSONField(default=list)
    category = models.CharField(max_length=20, choices=Category.choices)
    tlp = models.CharField(max_length=12, choices=Tlp.choices)
    # The source of the indicator that was published from it last; each time that it comes into force anew has its own.
    source = models.CharField(max_length=120)
    turns = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # The state before the last decision of a person, for whoever takes that back.
    before = models.CharField(max_length=12, choices=State.choices, blank=True)
    # What it met here while it waited, without effect on anybody.
    met = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "object_id"], name="received_object_stands_once"),
            models.UniqueConstraint(fields=["source"], name="received_has_its_own_source"),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "distrusted"]) | ~Q(reason=""),
                name="received_is_refused_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(state="quarantine"), name="received_waiting"),
            models.Index(fields=["value"], condition=Q(state="quarantine"), name="received_waiting_value"),
            models.Index(fields=["-decided_at"], condition=Q(decided_at__isnull=False), name="received_decided"),
            models.Index(fields=["partner", "category", "state"], name="received_by_partner"),
        ]


class Disagreement(models.Model):
    """One partner that does not believe another partner's sign; each counts once."""

    received = models.ForeignKey(Received, on_delete=models.CASCADE, related_name="disagreements")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["received", "partner"], name="partner_disagrees_once")]


class Feedback(models.Model):
    """What a partner said about a sign of ours: how often they saw it, or that they disagree. The newest word counts."""

    class Kind(models.TextChoices):
        SEEN = "sighting", _("Seen there")
        DISAGREES = "opinion", _("They disagree")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="feedback")
    object_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    count = models.PositiveBigIntegerField(default=1)
    code = models.CharField(max_length=40, blank=True)
    version_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "object_id", "kind"], name="feedback_of_a_partner_stands_once")
        ]
