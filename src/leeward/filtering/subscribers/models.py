"""What filtering remembers of the provider's lines: whose they are, and which addresses they have at the moment.

A provider knows a line by a reference such as a contract number; here stands its keyed digest, and the reference sealed.
Which line has an address is no fact of the chain: it changes too often, and what is over is forgotten after a day.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.core.sealed_text import SealedTextField
from leeward.families.models import Household

REFERENCE_MAX = 200


class Subscriber(models.Model):
    """One line of the provider, and the household that its guardian linked with it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, unique=True)
    reference = SealedTextField()
    household = models.ForeignKey(Household, null=True, on_delete=models.SET_NULL, related_name="lines")
    linked_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(household=None) | models.Q(linked_at__isnull=False), name="line_linked_at_a_time"
            )
        ]


class Session(models.Model):
    """One connection of a line, or its standing entry by import. Each of its times only ever grows, whatever comes late or twice.

    It is over where `stopped_at` is not before `alive_at`, and lapsed where `silent_at` is set.
    """

    class Kind(models.TextChoices):
        RADIUS = "radius", _("RADIUS accounting")
        WEBHOOK = "webhook", _("API")
        IMPORT = "import", _("Import")

    # Of the system that told of it and its number there, so that nothing of either stands here.
    key = models.BinaryField(max_length=16, unique=True)
    # Unknown where its end came first and named nobody.
    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # The system that told of it: when that starts anew, all its connections are over.
    origin = models.BinaryField(max_length=16)
    # When it began, as far as anybody said. Who says nothing yields to everybody who does.
    begun_at = models.DateTimeField(null=True)
    # The newest sign of life, and the newest end, by the clock of the system that told of it.
    alive_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    # By our clock: since when nothing was heard for too long, and when something changed that data planes must learn.
    silent_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(db_index=True)


class Held(models.Model):
    """Some identities of a session, side by side: one address, or the /64 networks of a prefix of IPv6."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="held")
    # What can lie inside one another has the same place: the /56 of IPv6, and everything else itself.
    place = models.BinaryField(max_length=255, db_index=True)
    first = models.BinaryField(max_length=255)
    span = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "first", "span"], name="held_once"),
            models.CheckConstraint(
                condition=models.Q(span__gte=1) & models.Q(span__lte=256), name="held_within_one_place"
            ),
        ]


class Origin(models.Model):
    """A system that tells of sessions: a network access server, or a machine of the provider."""

    key = models.BinaryField(max_length=16, unique=True)
    # How the operator's page calls it: the network of the setting, or the organisation of the API key.
    name = models.CharField(max_length=100)
    last_at = models.DateTimeField()
    events = models.PositiveBigIntegerField(default=0)
    # By its own clock: when it last said that it starts anew. What began before is over.
    restarted_at = models.DateTimeField(null=True)


class SubscriberImport(models.Model):
    """One import of lines, with the first faults as line, column and sentence."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_dry = models.BooleanField(default=False)
    row_count = models.PositiveBigIntegerField(default=0)
    changed_count = models.PositiveBigIntegerField(default=0)
    fault_count = models.PositiveBigIntegerField(default=0)
    faults = models.JSONField(default=list)

    class Meta:
        ordering = ["-begun_at", "-pk"]
