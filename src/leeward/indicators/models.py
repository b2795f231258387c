"""What indicators remember: each sign, and the change log that followers read by position."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Record


class Kind(models.TextChoices):
    """What a sign is recognised by."""

    PDQ = "pdq", _("PDQ picture hash")
    MD5 = "md5", "MD5"
    SHA1 = "sha1", "SHA-1"
    SHA256 = "sha256", "SHA-256"
    VPDQ = "vpdq", _("Video frames (vPDQ)")
    TLSH = "tlsh", _("Text fingerprint (TLSH)")
    URL = "url", _("Address")
    DOMAIN = "domain", _("Host name")


DIGEST_KINDS = (Kind.MD5, Kind.SHA1, Kind.SHA256)
NETWORK_KINDS = (Kind.URL, Kind.DOMAIN)
# What an upload or an address is compared with.
SCREENED_KINDS = (Kind.PDQ, *DIGEST_KINDS, Kind.VPDQ, Kind.TLSH, *NETWORK_KINDS)


class Category(models.TextChoices):
    """What the harm is, in the field's words."""

    CSAM = "csam", _("Child sexual abuse material")
    SOLICITATION = "solicitation", _("Grooming or solicitation")
    SEXTORTION = "sextortion", _("Sexual extortion")
    BULLYING = "bullying", _("Bullying")
    STALKING = "stalking", _("Stalking")
    VIOLENCE = "violence", _("Violence or cruelty")
    SELF_HARM = "self_harm", _("Encouraging self-harm")
    ADULT = "adult", _("Adults only")
    OTHER = "other", _("Other harm")


class Tlp(models.TextChoices):
    """How far a sign may travel: Traffic Light Protocol 2.0."""

    CLEAR = "clear", "TLP:CLEAR"
    GREEN = "green", "TLP:GREEN"
    AMBER = "amber", "TLP:AMBER"
    AMBER_STRICT = "amber_strict", "TLP:AMBER+STRICT"
    RED = "red", "TLP:RED"


class Indicator(models.Model):
    """One sign of known harm from one source. `value` is lower-case hex, a canonical address or a host name."""

    class State(models.TextChoices):
        ACTIVE = "active", "In force"
        REVOKED = "revoked", "Taken back"
        EXPIRED = "expired", "Expired"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=2048)
    category = models.CharField(max_length=20, choices=Category.choices)
    severity = models.PositiveSmallIntegerField(default=2)
    # A list of {jurisdiction, status, basis}: legality differs by country and is never one word.
    legality = models.JSONField(default=list)
    confidence = models.PositiveSmallIntegerField(default=80)
    reviews = models.PositiveSmallIntegerField(default=1)
    tlp = models.CharField(max_length=12, choices=Tlp.choices, default=Tlp.AMBER)
    # Where it comes from: `decision:UID`, `partner:SLUG`, `import:NAME`.
    source = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "value"], name="one_sign_a_source"),
            models.CheckConstraint(condition=models.Q(confidence__lte=100), name="confidence_in_percent"),
        ]
        indexes = [
            models.Index(fields=["value"], name="sign_value"),
            models.Index(
                fields=["valid_until"],
                condition=models.Q(state="active", valid_until__isnull=False),
                name="sign_expiry",
            ),
        ]


class Features(models.Model):
    """What belongs to a sign beside its value: frames of a video, or hashes of the inner parts of a picture.

    `rows` holds 33 bytes for each: one that says which part of the thing it is, and a PDQ hash. Written once, with the sign.
    """

    indicator = models.OneToOneField(Indicator, on_delete=models.PROTECT, related_name="features")
    rows = models.BinaryField()


@dataclass(frozen=True)
class Stamped:
    """A change with its place in the order: `position` is gapless over all records, `added_at` differs for each position."""

    position: int
    added_at: datetime
    op: str
    indicator: Indicator


class ChangeQuerySet(models.QuerySet["Change"]):
    """Reads of the change log."""

    def since(self, position: int) -> ChangeQuerySet:
        """Changes after `position`, in order; only stamped ones, so that nothing can appear before what was already read."""
        changes = (
            self.filter(record__position__isnull=False)
            .annotate(position=F("record__position") + F("offset"))
            # The first condition is what the index answers; the second cuts a record that was read in part.
            .filter(record__position__gt=position - _span_at(position), position__gt=position)
            .order_by("record__position", "offset")
        )
        recent = _records_after(position)
        return changes if recent is None else changes.filter(record_id__in=recent)


# A follower is nearly always near the end of the log. Naming its few records keeps SQLite, which has no statistics of a
# table that has just grown, from walking the whole log for a query that joins more tables.
_FEW = 300


def _span_at(position: int) -> int:
    """Return how far back a record that is not read to its end can begin: the span of the last one at or before `position`."""
    last = Record.objects.filter(position__lte=position).order_by("-position").values_list("span", flat=True).first()
    return last or 0


def _records_after(position: int) -> list[int] | None:
    """Return the records that may hold changes after `position`, or None where they are too many to be named."""
    records = Record.objects.filter(position__gt=position - _span_at(position)).order_by("position")
    found = list(records.values_list("pk", flat=True)[: _FEW + 1])
    return found if len(found) <= _FEW else None


class Change(models.Model):
    """One line of the change log. Its position is its record's position plus `offset`."""

    class Op(models.TextChoices):
        PUBLISH = "publish", "Published"
        REVOKE = "revoke", "Taken back"
        EXPIRE = "expire", "Expired"

    record = models.ForeignKey(Record, on_delete=models.PROTECT)
    offset = models.PositiveBigIntegerField()
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT)
    op = models.CharField(max_length=10, choices=Op.choices)
    # Repeated from the indicator, so that a follower of hashes does not read the addresses.
    kind = models.CharField(max_length=10, choices=Kind.choices)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "offset"], name="one_change_a_position")]


def stamped(changes: ChangeQuerySet) -> Iterator[Stamped]:
    """Yield changes with their positions and times; `changes` comes from `since`."""
    for change in changes.select_related("indicator", "record"):
        record = change.record
        if record.position is None or record.stamped_at is None:
            continue
        added_at = record.stamped_at + timedelta(microseconds=change.offset)
        yield Stamped(record.position + change.offset, added_at, change.op, change.indicator)
