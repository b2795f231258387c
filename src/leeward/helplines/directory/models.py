"""What the directory remembers: services that help, how to reach them, and who checked that, when and how.

The row of a service says what is shown now. `Check` keeps every step of its history and is never changed.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User

NAME_MAX = 160
VALUE_MAX = 300
HOURS_MAX = 200
NOTE_MAX = 1000
SOURCE_MAX = 600


class Service(models.Model):
    """One service for one country, or for every country where `country` is empty."""

    class Kind(models.TextChoices):
        HELPLINE = "child_helpline", _("Child helpline")
        CRISIS = "crisis_line", _("Crisis line for everybody")
        HOTLINE = "hotline", _("Hotline for illegal content")
        POLICE = "police", _("Police")
        EMERGENCY = "emergency", _("Emergency number")
        DIRECTORY = "directory", _("Directory")

    class Free(models.TextChoices):
        YES = "yes", _("It costs nothing")
        NO = "no", _("It costs money")
        UNKNOWN = "unknown", _("Not known")

    class Confidence(models.TextChoices):
        HIGH = "high", _("High: two sources agree, or the official page says so")
        MEDIUM = "medium", _("Medium: one source")
        LOW = "low", _("Low: sources differ or raise doubt")
        NONE = "general-knowledge", _("None: no source was found")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CHECKED = "checked", _("Checked")
        STALE = "stale", _("Checked too long ago")
        RETIRED = "retired", _("Retired")

    class How(models.TextChoices):
        CALLED = "called", _("Somebody called or wrote, and they answered")
        PAGE = "official_page", _("Their own page says so today")
        MINISTRY = "ministry", _("The ministry or the regulator says so")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    country = models.CharField(max_length=2, blank=True)  # ISO 3166 code.
    kind = models.CharField(max_length=14, choices=Kind)
    name = models.CharField(max_length=NAME_MAX)
    free = models.CharField(max_length=7, choices=Free, default=Free.UNKNOWN)
    hours = models.CharField(max_length=HOURS_MAX, blank=True)  # As `directory.hours` reads it; empty: not known.
    time_zone = models.CharField(max_length=40, blank=True)
    languages = models.JSONField(default=list)  # ISO 639 codes.
    ages = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=SOURCE_MAX, blank=True)
    confidence = models.CharField(max_length=17, choices=Confidence, default=Confidence.NONE)
    note = models.CharField(max_length=NOTE_MAX, blank=True)
    doubts = models.JSONField(default=list)  # What whoever checks must look at, one sentence each.
    state = models.CharField(max_length=7, choices=State, default=State.DRAFT)
    checked_at = models.DateTimeField(null=True)
    # The account may go; the name of whoever vouched stays.
    checked_by = models.CharField(max_length=150, blank=True)
    how = models.CharField(max_length=13, choices=How, blank=True)
    skipped_at = models.DateTimeField(null=True)  # Put at the end of the pile by whoever could not tell.
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "kind", "name"], name="service_is_listed_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "retired"])
                | (Q(checked_at__isnull=False) & ~Q(checked_by="") & ~Q(how="")),
                name="checked_by_a_named_person",
            ),
        ]
        indexes = [models.Index(fields=["state", "country"], name="services_by_country")]


class Contact(models.Model):
    """One way to reach a service, exactly as it was written down: no number is ever built or changed by a program."""

    class Kind(models.TextChoices):
        SHORT = "short_number", _("Short number")
        PHONE = "phone", _("Phone")
        SMS = "sms", _("Text message")
        CHAT = "chat", _("Chat")
        MAIL = "mail", _("E-mail")
        WEB = "web", _("Web page")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="contacts")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField(max_length=VALUE_MAX)
    # Of chat and web: when the address was last asked, and what was wrong; a word of `directory.links`.
    looked_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=20, blank=True)
    faults_count = models.PositiveSmallIntegerField(default=0)  # One after another.

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["service", "kind", "value"], name="contact_stands_once")]


class Check(models.Model):
    """One step in the history of a service: who did what, when and how. Written once."""

    class Step(models.TextChoices):
        IMPORTED = "imported", _("Imported as a draft")
        CHANGED = "changed", _("Changed")
        CHECKED = "checked", _("Checked")
        RETIRED = "retired", _("Retired")
        EXPIRED = "expired", _("Became too old")
        UNDONE = "undone", _("Undone")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="checks")
    step = models.CharField(max_length=8, choices=Step)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=150, blank=True)
    how = models.CharField(max_length=13, choices=Service.How, blank=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True)
    before = models.JSONField(null=True)  # The facts of the row before this step, by which it can be undone.
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
