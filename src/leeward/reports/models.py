"""What reports remember. Nothing here names the reporter; the receipt code is kept as a keyed digest."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Blob, Organisation


class Reason(models.TextChoices):
    """Why somebody presses the button, in the words of the button."""

    SCARES = "scares", _("Something here scares me")
    BOTHERS = "bothers", _("Someone is bothering me")
    NOT_ALLOWED = "not_allowed", _("I think this is not allowed")
    DANGER = "danger", _("Someone is in danger")


class Channel(models.TextChoices):
    """The door by which a report came."""

    FORM = "form", _("Form on this site")
    BUTTON = "button", _("Button on a provider's page")
    API = "api", _("Machine")
    SCREENING = "screening", _("Met while screening")


class Report(models.Model):
    """One report as it came. It is not changed afterwards; what follows is written beside it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    page_url = models.CharField(max_length=2048, blank=True)
    provider = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT)
    item_id = models.CharField(max_length=200, blank=True)
    item_kind = models.CharField(max_length=40, blank=True)
    author_id = models.CharField(max_length=200, blank=True)
    words = models.TextField(max_length=4000, blank=True)
    language = models.CharField(max_length=12, default="en")
    # The sign by which screening knew it: what is confirmed already is not shown to anybody again.
    known_as = models.CharField(max_length=36, blank=True)
    received_at = models.DateTimeField()
    receipt = models.BinaryField(max_length=32, unique=True)
    # Of the idempotency key and of the body: a repeated request is answered with the same receipt, a different one is refused.
    request_key = models.BinaryField(max_length=32, unique=True, null=True)
    body_digest = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(page_url="") | ~models.Q(item_id=""),
                name="report_says_what",
                violation_error_message="Say what it is about.",
            )
        ]
        indexes = [models.Index(fields=["-received_at"], name="report_newest")]

    @property
    def subject(self) -> str:
        """What the report is about, the same text for every report of the same thing."""
        if self.item_id and self.provider is not None:
            return f"item:{self.provider.slug}/{self.item_id}"
        return f"url:{self.page_url}"


class Attachment(models.Model):
    """A picture that the reporter added, sealed."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="attachments")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT)


class Outcome(models.Model):
    """What the reporter may read with the code: one line for each decision."""

    class Kind(models.TextChoices):
        REMOVED = "removed", _("It was taken away")
        KEPT = "kept", _("It stays, because it does not break the rules")
        RESTORED = "restored", _("The decision was changed and it is back")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # The decision that it tells of, so that telling twice adds nothing.
    decision = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "kind", "decision"], name="told_once")]
        ordering = ["at", "pk"]
