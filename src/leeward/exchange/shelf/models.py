"""What exchange remembers of what it serves: every version as it is served, and how far they follow."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leeward.exchange.partners.models import Partner
from leeward.indicators.models import Category, Change, Kind, Tlp


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
    # Of a withdrawal: what else earlier versions were told as, like ` bullying violence `. Who read one of them is told of the end.
    former_categories = models.TextField(blank=True)
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
