"""What cases remember."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q

from leeward.cases.states import UNDECIDED, CaseState, DecisionState
from leeward.core.models import Blob, Endpoint, Organisation, User
from leeward.indicators.models import Category
from leeward.reports.models import Report


class Subject(models.Model):
    """The thing complained of: a provider's item, or an address."""

    digest = models.BinaryField(max_length=32, unique=True)
    provider = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT)
    item_id = models.CharField(max_length=200, blank=True)
    item_kind = models.CharField(max_length=40, blank=True)
    page_url = models.CharField(max_length=2048, blank=True)

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
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    taken_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state__in=list(UNDECIDED)), name="one_open_case_a_subject"
            )
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=list(UNDECIDED)), name="case_queue")]

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


class Evidence(models.Model):
    """One sealed thing, with the digests by which it is known again. The bytes are opened only on purpose."""

    class Kind(models.TextChoices):
        ITEM = "item", "The item itself, from the provider"
        ATTACHMENT = "attachment", "A picture from the reporter"
        CAPTURE = "capture", "A picture of the page, from the reporter"
        CONTENT = "content", "The content as it was, from the provider"
        # Confirmed before and met again: nobody has to see it another time.
        KNOWN = "known", "Known already: never shown again"
        UPLOAD = "upload", "An upload that screening points at"

    # What anybody may send is never a sign by itself, or anybody could have any picture refused everywhere.
    FROM_REPORTERS = (Kind.ATTACHMENT, Kind.CAPTURE)

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT)
    sha256 = models.CharField(max_length=64)
    sha1 = models.CharField(max_length=40)
    md5 = models.CharField(max_length=32)
    pdq = models.CharField(max_length=64, blank=True)
    pdq_quality = models.PositiveSmallIntegerField(null=True)
    # Rows as `indicators.Features` holds them: inner parts of a picture, or the frames of a video.
    features = models.BinaryField(default=bytes)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="evidence_once")]


class Decision(models.Model):
    """What was judged, by whom, on which ground. Illegal content needs two different people."""

    class Outcome(models.TextChoices):
        NO_VIOLATION = "no_violation", "It may stay"
        AGAINST_TERMS = "against_terms", "Against the terms"
        ILLEGAL = "illegal", "Illegal"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    category = models.CharField(max_length=20, choices=Category.choices)
    ground = models.CharField(max_length=300)
    # The host name that is to be blocked as well, or nothing.
    block_host = models.CharField(max_length=253, blank=True)
    state = models.CharField(max_length=10, choices=DecisionState.choices)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    seconded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("proposed_by")), name="two_different_people"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="illegal", state="effective") | Q(seconded_by__isnull=False),
                name="illegal_needs_two",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["proposed", "effective"]), name="one_decision_at_a_time"
            ),
        ]

    @property
    def removes(self) -> bool:
        """True where the subject is to be taken away."""
        return self.outcome != self.Outcome.NO_VIOLATION

    @property
    def source(self) -> str:
        """The name under which its signs are published."""
        return f"decision:{self.uid}"


class Action(models.Model):
    """One order to a provider's own system. `sequence` grows with each order about the same subject."""

    class Kind(models.TextChoices):
        REMOVE = "remove", "Take it away"
        RESTORE = "restore", "Put it back"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    ordered_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "endpoint", "kind"], name="one_order_a_decision")]
