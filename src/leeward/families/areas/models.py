"""What is remembered of children-only areas: who is in which room, and who may moderate."""

from __future__ import annotations

import uuid

from django.db import models

from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField
from leeward.families.areas.choices import Basis, Check, Room
from leeward.families.models import Child

NAME_MAX = 60
REFERENCE_MAX = 120


class Area(models.Model):
    """A place for children only, with one room for each band of age."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=NAME_MAX)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A child in an area, until it leaves."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="members")
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="memberships")
    # The child's name in this area and nowhere else: what a gate asks by.
    subject = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    room = models.CharField(max_length=5, choices=Room.choices)
    basis = models.CharField(max_length=8, choices=Basis.choices)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "child"], condition=models.Q(left_at=None), name="member_of_an_area_once"
            )
        ]
        ordering = ["joined_at", "pk"]


class Moderator(models.Model):
    """A grown-up who may be in an area: two operators looked at a check, which is good until a day."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="moderators")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    check_kind = models.CharField(max_length=8, choices=Check.choices)
    reference = SealedTextField()
    valid_until = models.DateField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "user"], condition=models.Q(ended_at=None), name="moderator_of_an_area_once"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("proposed_by")),
                name="moderator_approved_by_a_second",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("user")),
                name="moderator_not_approved_by_themselves",
            ),
        ]
        ordering = ["proposed_at", "pk"]
