"""What happened (`Record`, in a gapless chain) and what is owed because of it (`Delivery`)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Record(models.Model):
    """One announced fact: ids and digests only. `position` is null until the sequencer has stamped it.

    A fact about many things (a bulk import) takes `span` positions: `position` is its first one.
    """

    kind = models.CharField(max_length=80)
    facts = models.JSONField()
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    span = models.PositiveBigIntegerField(default=1)
    position = models.PositiveBigIntegerField(null=True, unique=True)
    stamped_at = models.DateTimeField(null=True)
    chain = models.BinaryField(max_length=32, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "position"], name="record_kind_position"),
            models.Index(fields=["id"], condition=Q(position=None), name="record_unstamped"),
            models.Index(fields=["stamped_at"], name="record_stamped_at"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(span__gte=1), name="record_takes_a_position"),
            models.CheckConstraint(
                condition=Q(position=None, stamped_at=None, chain=None)
                | Q(position__isnull=False, stamped_at__isnull=False, chain__isnull=False),
                name="record_stamped_whole",
            ),
        ]

    @property
    def last_position(self) -> int | None:
        """The last position that this record takes, or None before it was stamped."""
        return None if self.position is None else self.position + self.span - 1


class Chain(models.Model):
    """The head of the chain: the one row that the sequencer locks while it stamps."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.PositiveBigIntegerField(default=0)
    stamped_at = models.DateTimeField()
    chain = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_chain")]


class Delivery(models.Model):
    """One reaction owed. Written in the transaction that makes it owed, done at least once, shown until it is done."""

    class State(models.TextChoices):
        OWED = "owed", "Owed"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PARKED = "parked", "Parked"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="deliveries")
    task = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    # The number of the case that it belongs to, where it belongs to one.
    about = models.CharField(max_length=36, blank=True)
    # Deliveries of one lane run one after the other, oldest first; an empty lane waits for nobody.
    lane = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OWED)
    # Tries that count towards parking; owed again by a person, they begin at none.
    attempts = models.PositiveIntegerField(default=0)
    # How often it was begun, never less than before: whoever began it last is the only one who may finish it.
    fence = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The exception's class and nothing of its text, which could hold personal data.
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="owed"), name="delivery_due"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="delivery_leased"),
            models.Index(fields=["lane", "id"], condition=Q(state__in=["owed", "running"]), name="delivery_lane"),
            models.Index(fields=["id"], condition=Q(state="parked"), name="delivery_parked"),
            models.Index(fields=["about"], name="delivery_about"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False), name="delivery_has_lease"
            ),
        ]


class Chore(models.Model):
    """Work of the clock, such as expiring signs: when it is next due. Claimed by conditional update."""

    name = models.CharField(max_length=200, primary_key=True)
    next_at = models.DateTimeField()
