"""One report as it came, and what came with it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Blob, Organisation
from leeward.core.sealed_text import SealedTextField
from leeward.engines.reading import Band


class Reason(models.TextChoices):
    """Why somebody presses the button, in the words of the button."""

    SCARES = "scares", _("Something here scares me")
    BOTHERS = "bothers", _("Someone is bothering me")
    NOT_ALLOWED = "not_allowed", _("I think this is not allowed")
    DANGER = "danger", _("Someone is in danger")


class Nature(models.TextChoices):
    """What it is, the answer to the one question after the reason. Empty where nobody said."""

    VIOLENCE = "violence", _("Violence or cruelty")
    SEXUAL = "sexual", _("Sexual content")
    SEXUAL_CHILD = "sexual_child", _("Sexual content that shows a child")
    SELF_HARM = "self_harm", _("Self-harm")
    HATE = "hate", _("Hate")
    BULLYING = "bullying", _("Bullying")
    SOLICITATION = "solicitation", _("An adult wants pictures, secrets or to meet")
    SEXTORTION = "sextortion", _("Threats to show pictures of me")
    STALKING = "stalking", _("Somebody follows me and does not stop")
    FRAUD = "fraud", _("A trick to get money or passwords")
    OTHER = "other", _("Something else")

    @property
    def is_never_captured(self) -> bool:
        """True where nothing may be captured, uploaded or shown again: the address and the item's id are enough."""
        return self == Nature.SEXUAL_CHILD


class Channel(models.TextChoices):
    """The door by which a report came."""

    FORM = "form", _("Form on this site")
    BUTTON = "button", _("Button on a provider's page")
    API = "api", _("Machine")
    SCREENING = "screening", _("Met while screening")
    MAIL = "mail", _("E-mail")
    FLAGGER = "flagger", _("Trusted flagger")
    PARTNER = "partner", _("Another provider")
    HELPLINE = "helpline", _("Helpline, what was chosen there")


class Report(models.Model):
    """One report as it came. It is not changed afterwards; what follows is written beside it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    nature = models.CharField(max_length=20, choices=Nature.choices, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    page_url = models.CharField(max_length=2048, blank=True)
    provider = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT)
    item_id = models.CharField(max_length=200, blank=True)
    item_kind = models.CharField(max_length=40, blank=True)
    author_id = models.CharField(max_length=200, blank=True)
    conversation_id = models.CharField(max_length=200, blank=True)
    words = SealedTextField(max_length=4000, blank=True)
    language = models.CharField(max_length=12, default="en")
    band = models.CharField(max_length=6, choices=[(band.value, band.value) for band in Band], blank=True)
    # What the reporter saw listed and agreed to send: {"time_zone": …, "browser": …, "seen_at": …, "actions": [{at, what, where}]}.
    surroundings = models.JSONField(default=dict)
    # The machine or organisation that sent it; a person needs no account and is nobody here.
    sender = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The sign by which screening knew it: what is confirmed already is not shown to anybody again.
    known_as = models.CharField(max_length=36, blank=True)
    # Lower than others of its kind, because this button was misused before from the same place. Never refused.
    is_doubted = models.BooleanField(default=False)
    # A keyed digest of the network that it came from, which changes each month; forgotten after two.
    place = models.BinaryField(max_length=32, null=True)
    received_at = models.DateTimeField()
    receipt = models.BinaryField(max_length=32, unique=True)
    # The code is shown at the end, and once more at the first return; this is when that was.
    shown_again_at = models.DateTimeField(null=True)
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
        indexes = [
            models.Index(fields=["-received_at"], name="report_newest"),
            models.Index(fields=["provider", "item_id"], name="report_item"),
        ]

    @property
    def subject(self) -> str:
        """What the report is about, the same text for every report of the same thing."""
        if self.item_id and self.provider is not None:
            return f"item:{self.provider.slug}/{self.item_id}"
        return f"url:{self.page_url}"


class Attachment(models.Model):
    """A file that the reporter added: the original stays sealed; `shown` is a copy drawn anew, without what it told about the device."""

    class Kind(models.TextChoices):
        PICTURE = "picture", _("Picture")
        CAPTURE = "capture", _("Picture of the page")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="attachments")
    # Set where it came later, with a message.
    message = models.ForeignKey("reports.Message", null=True, on_delete=models.PROTECT, related_name="attachments")

    class Scan(models.TextChoices):
        NONE = "", _("Not scanned")
        CLEAN = "clean", _("Nothing found")
        INFECTED = "infected", _("Harmful file: never opened")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PICTURE)
    scan = models.CharField(max_length=8, choices=Scan.choices, default=Scan.NONE, blank=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    shown = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")


class Context(models.Model):
    """What a provider's own server knows of an item, sealed as JSON: connections, profile notes; and the content itself as it was.

    It waits here until somebody reports the item, and belongs to every report of it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    item_id = models.CharField(max_length=200)
    facts = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    content = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    has_high_risk_notes = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["provider", "item_id"], name="context_item")]


class HalfReport(models.Model):
    """A form that was begun: its answers, sealed, under the code that the reporter will keep. It ends after 24 hours.

    One that says already where to look becomes a report then; any other is forgotten.
    """

    receipt = models.BinaryField(max_length=32, unique=True)
    sealed_code = models.BinaryField()
    sealed_answers = models.BinaryField()
    key_version = models.CharField(max_length=40)
    says_where = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
