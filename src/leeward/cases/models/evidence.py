"""What is sealed into a case, who looked at it and why, and what must not be erased yet."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from leeward.cases.models.case import Case
from leeward.cases.states import ApprovalState
from leeward.core.models import Blob, User
from leeward.core.sealed_text import SealedTextField


class Erased(Exception):
    """The bytes of this evidence were erased when their time was over; only the digests are left."""


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
    # Null after it was erased; the digests stay, so that it is known again.
    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT)
    sha256 = models.CharField(max_length=64)
    sha1 = models.CharField(max_length=40)
    md5 = models.CharField(max_length=32)
    pdq = models.CharField(max_length=64, blank=True)
    pdq_quality = models.PositiveSmallIntegerField(null=True)
    # Rows as `indicators.Features` holds them: inner parts of a picture, or the frames of a video.
    features = models.BinaryField(default=bytes)
    added_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="evidence_once")]
        indexes = [models.Index(fields=["sha256"], name="evidence_sha256")]

    @property
    def sealed(self) -> Blob:
        """The sealed bytes; raise `Erased` where only the digests are left."""
        if self.blob is None:
            raise Erased
        return self.blob


class View(models.Model):
    """Somebody opened a piece of evidence: who, when, for what, and how it was shown."""

    class Form(models.TextChoices):
        COVERED = "covered", "Small, blurred, grey and silent"
        CLEAR = "clear", "Clear"
        EXPORTED = "exported", "In an export"

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="views")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    purpose = SealedTextField(max_length=300)
    form = models.CharField(max_length=8, choices=Form.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]


class Hold(models.Model):
    """Nothing of this case may be erased until then: every path that deletes asks here first."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    basis = models.CharField(max_length=300)
    until = models.DateTimeField()
    placed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    released_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)


class Erasure(models.Model):
    """One run of the retention job: the proof that it ran, and what it left because of a hold."""

    at = models.DateTimeField()
    looked_at = models.PositiveIntegerField()
    erased = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    # Files without a row, and rows whose file was still there, found when it looked again.
    left_over = models.PositiveIntegerField()


class Approval(models.Model):
    """What needs two people and is no decision. The one who asks and the one who agrees are different."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", "Release who reported"
        EXPORT = "export", "Export of evidence"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    why = SealedTextField(max_length=500)
    state = models.CharField(max_length=8, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    # An approval is good for one use within a day.
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")), name="approval_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(answered_by__isnull=False), name="approval_is_answered_by_somebody"
            ),
        ]
