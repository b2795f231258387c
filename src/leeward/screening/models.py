"""What screening remembers: rules, matches and holds. What matched nothing is a number and not a row."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator
from django.db import models

from leeward.core.models import Organisation, User
from leeward.indicators.models import Category, Indicator, Kind


class Answer(models.TextChoices):
    """What an upload handler is told."""

    CLEAR = "clear", "Clear"
    KNOWN = "known", "Known"
    HELD = "held", "Held"
    SUSPECT = "suspect", "Suspect"


class Rule(models.Model):
    """What follows from a sign that was met. The first rule in order that fits is the one; an empty field fits everything."""

    order = models.PositiveSmallIntegerField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    # The beginning of the sign's source, such as `decision:` or `partner:north`.
    source = models.CharField(max_length=120, blank=True)
    # Bits of 256 for pictures and frames; TLSH's own distance for texts.
    within = models.PositiveSmallIntegerField(default=31)
    least_share_percent = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    least_confidence = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    answer = models.CharField(max_length=10, choices=Answer.choices)
    opens_case = models.BooleanField(default=True)

    class Meta:
        ordering = ["order"]


class Match(models.Model):
    """One upload that is known: which sign, how near, who asked. Not the bytes, and not who uploaded."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT)
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.KNOWN)
    distance_bits = models.PositiveSmallIntegerField()
    # In which way it was recognised: the whole or a part of it, turned or mirrored, without its border.
    part = models.PositiveSmallIntegerField(default=0)
    orientation = models.CharField(max_length=16, blank=True)
    is_trimmed = models.BooleanField(default=False)
    share_percent = models.PositiveSmallIntegerField(default=100)
    quality = models.PositiveSmallIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    item_id = models.CharField(max_length=200, blank=True)
    # The report that was filed for it, or nothing where the rule opens no case.
    report_uid = models.UUIDField(null=True)
    # Uploaded when, as a re-scan knows it; empty for what was asked at upload.
    uploaded_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="match_newest"),
            models.Index(fields=["sha256"], name="match_sha256"),
        ]


class Hold(models.Model):
    """One upload that could not be judged, or that a classifier points at, until a person releases or refuses it."""

    class State(models.TextChoices):
        HELD = "held", "Held"
        RELEASED = "released", "Released"
        REFUSED = "refused", "Refused"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    sha256 = models.CharField(max_length=64)
    item_id = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=10, choices=Answer.choices)
    reason = models.CharField(max_length=80)
    report_uid = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    held_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="one_hold_a_file")]
        indexes = [
            models.Index(fields=["held_at"], condition=models.Q(state="held"), name="hold_queue"),
            models.Index(fields=["report_uid"], name="hold_report"),
        ]


class Tally(models.Model):
    """How many uploads got which answer, by the hour: counts instead of rows for what matched nothing."""

    hour = models.DateTimeField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    answer = models.CharField(max_length=10, choices=Answer.choices)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "organisation", "answer"], name="one_tally_an_hour")]


class Sweep(models.Model):
    """One re-scan of one source: how far it came, so that it can go on there, and what it has found."""

    class State(models.TextChoices):
        RUNNING = "running", "Under way"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Done"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Whose files these are; nothing where new signs were asked of everything that was seen.
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT)
    # A folder, a bucket and prefix, or the name of a list: never an address or a key.
    source = models.CharField(max_length=1000)
    engine = models.CharField(max_length=10)
    # A sweep that was killed stays «under way», and goes on with --resume.
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    # The signs up to this place in the change log were asked.
    position = models.PositiveBigIntegerField(default=0)
    cursor = models.TextField(blank=True)
    total = models.PositiveBigIntegerField(null=True)
    files = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    # Written down by this sweep, and met again that were written down before.
    matches = models.PositiveBigIntegerField(default=0)
    known_before = models.PositiveBigIntegerField(default=0)
    # How many could not be read or judged, by reason.
    unreadable = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="sweep_newest")]
