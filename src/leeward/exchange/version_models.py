"""What exchange remembers of what it serves: every version as it is served, who may see which, and what was sent to us."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from leeward.exchange.partner_models import Partner
from leeward.indicators.models import Category, Change, Kind, Tlp

ANY = "*"  # In a rule: all of them.


class Version(models.Model):
    """One version of one object, in the very octets in which every partner is given it. Written once, never changed.

    `place` is that of the change in the collection, so a version that a second writer writes again is refused.
    """

    place = models.BigIntegerField(unique=True)
    added_at = models.DateTimeField()
    # When the first version of the same object was added: who may have seen that one is told of the last.
    first_at = models.DateTimeField()
    object_id = models.CharField(max_length=250)
    object_type = models.CharField(max_length=250)
    # The time that names the version, to the millisecond.
    version_at = models.DateTimeField()
    op = models.CharField(max_length=10, choices=Change.Op.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    category = models.CharField(max_length=20, choices=Category.choices)
    tlp = models.CharField(max_length=12, choices=Tlp.choices)
    # The places of which it says how the law stands, as ` DE FR ` with a space on both sides of each: not every database
    # finds a word in a list. Empty where it holds for every place.
    jurisdictions = models.TextField(blank=True)
    # Who told us; nobody where it is ours.
    origin = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    body = models.BinaryField()
    is_revoked = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_id", "place"], name="version_has_its_place"),
            # What may not travel is not even written down here.
            models.CheckConstraint(condition=~Q(tlp__in=[Tlp.RED, Tlp.AMBER_STRICT]), name="version_may_travel"),
        ]
        # Who has confirmed which withdrawal is asked again and again, and withdrawals are few.
        indexes = [models.Index(fields=["place"], condition=Q(is_revoked=True), name="version_withdrawals")]

    def __str__(self) -> str:
        return f"{self.object_id} at {self.place}"


class Shelved(models.Model):
    """How far the versions have followed the change log: one row, whose lock lets one writer write at a time."""

    position = models.BigIntegerField(default=0)


class ShareRule(models.Model):
    """One sentence of what may be told to whom. What no rule names stays here."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Categories, or ANY alone.
    categories = models.JSONField()
    # ISO 3166-1 in two letters, a group and a purpose of partners; or ANY.
    jurisdiction = models.CharField(max_length=2)
    purpose = models.CharField(max_length=20)
    group = models.CharField(max_length=20)
    most_tlp = models.CharField(
        max_length=12, choices=[(tlp.value, tlp.label) for tlp in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER)]
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_tlp__in=[Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER]), name="rule_shares_what_may_travel"
            ),
        ]
        ordering = ["made_at", "pk"]


class Submission(models.Model):
    """What became of one request by which a partner added objects: the status resource of TAXII."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    # Each {id, version} and, where it was refused, {message}.
    successes = models.JSONField(default=list)
    failures = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["at"], name="submission_by_age")]
