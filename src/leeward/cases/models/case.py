"""One case: what it is about, which reports it joins, what became known, and how long it may take."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from leeward.cases.states import UNDECIDED, CaseState
from leeward.core.models import Organisation, User
from leeward.core.sealed_text import SealedTextField
from leeward.reports.models import Nature, Report


class Subject(models.Model):
    """The thing complained of: a provider's item, or an address."""

    digest = models.BinaryField(max_length=32, unique=True)
    provider = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT)
    item_id = models.CharField(max_length=200, blank=True)
    item_kind = models.CharField(max_length=40, blank=True)
    # The account that the item belongs to, by the provider's own name for it; empty where nobody said.
    author_id = models.CharField(max_length=200, blank=True)
    page_url = models.CharField(max_length=2048, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["provider", "author_id"], condition=~Q(author_id=""), name="subject_author"),
            models.Index(fields=["provider", "item_id"], condition=~Q(item_id=""), name="subject_item"),
        ]

    @staticmethod
    def digest_of(name: str) -> bytes:
        """Return the digest under which the subject of a report is found."""
        return hashlib.sha256(name.encode()).digest()

    def __str__(self) -> str:
        return f"{self.provider.name}: {self.item_id}" if self.provider else self.page_url


class Case(models.Model):
    """Everything that is known about one subject, until it is decided."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    # 0: a child is in danger now. 3: it can wait for a day.
    severity = models.PositiveSmallIntegerField(default=2)
    # 1: a trusted flagger asked, so it is first in the queue. -1: the button was misused before from where it came.
    priority = models.SmallIntegerField(default=0)
    # Of the reports: the one that weighs most. A decision has its own category.
    nature = models.CharField(max_length=20, choices=Nature.choices, blank=True)
    # The slug of the queue that the routing rules chose; `triage` always exists.
    queue = models.CharField(max_length=40, default="triage")
    report_count = models.PositiveIntegerField(default=0)
    # No rule and no person knows yet who is responsible: an alarm on the desk and in the metrics.
    is_unroutable = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    # The earliest clock that runs; see `Deadline`.
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state__in=list(UNDECIDED)), name="one_open_case_a_subject"
            )
        ]
        indexes = [
            models.Index(
                fields=["-priority", "due_at", "id", "severity"],
                condition=Q(state__in=list(UNDECIDED)),
                name="case_queue",
            ),
            models.Index(
                fields=["queue", "-priority", "due_at", "id", "severity"],
                condition=Q(state__in=list(UNDECIDED)),
                name="case_queue_of",
            ),
            models.Index(fields=["-decided_at"], condition=Q(decided_at__isnull=False), name="case_decided"),
            models.Index(fields=["queue", "opened_at"], condition=Q(state__in=list(UNDECIDED)), name="case_backlog"),
            models.Index(fields=["taken_by"], condition=Q(state__in=list(UNDECIDED)), name="case_taken"),
        ]

    @property
    def ref(self) -> str:
        """The short name by which people speak of a case."""
        return self.uid.hex[:8].upper()

    def is_taken_by_another(self, user: User, *, at: datetime) -> bool:
        """True while somebody else has the lease."""
        return self.taken_by_id not in {None, user.pk} and self.taken_until is not None and self.taken_until > at


class CaseReport(models.Model):
    """One report joined to a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    report = models.OneToOneField(Report, on_delete=models.PROTECT)
    joined_at = models.DateTimeField()


class Note(models.Model):
    """What one colleague leaves for the next at a case. Sealed; no reporter and no affected person reads it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = SealedTextField(max_length=4000)
    at = models.DateTimeField()
