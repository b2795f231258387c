"""What is remembered of permissions: who may decide for whom, what a child asked, and what was allowed until when."""

from __future__ import annotations

import uuid

from django.db import models

from leeward.core.models import Organisation, User
from leeward.core.sealed_text import SealedTextField
from leeward.families.models import Child, Guardian, Household
from leeward.families.permission.choices import LinkState, Relation, Sign, State

TICKET_MAX = 64


class Home(models.Model):
    """In which country a household lives. Without this row nobody said it, and the strictest rule applies."""

    household = models.OneToOneField(Household, on_delete=models.CASCADE, related_name="home")
    country = models.CharField(max_length=2)  # ISO 3166.
    said_at = models.DateTimeField()


class GuardianLink(models.Model):
    """That a guardian belongs to a child, and what says so. How old the guardian is stands elsewhere, in `age.results`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="links")
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="links")
    relation = models.CharField(max_length=6, choices=Relation.choices)
    state = models.CharField(max_length=6, choices=LinkState.choices, default=LinkState.ACTIVE)
    why = models.CharField(max_length=6, choices=Sign.choices, blank=True)
    began_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "child"], name="guardian_linked_once"),
            models.CheckConstraint(
                condition=~models.Q(state="frozen") | models.Q(frozen_at__isnull=False), name="link_frozen_at_a_time"
            ),
        ]
        ordering = ["began_at", "pk"]


class Stated(models.Model):
    """That a person once said to belong to a child, which stands here as a keyed digest. It outlives the link, for a year."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    child = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "child"], name="stated_once")]


class Permission(models.Model):
    """One question of a child about one service, and the answer."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="permissions")
    service = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    # The child's name at this service and nowhere else.
    subject = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What the service gave the child to carry, so that it finds its own account again.
    ticket = SealedTextField(blank=True)
    asked = models.JSONField()
    granted = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answer_until = models.DateTimeField()
    answered_by = models.ForeignKey(Guardian, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # What the answer stood on: the notice that was read, the confirmed rules, the evidence of age and of belonging.
    notice = models.CharField(max_length=10, blank=True)
    rules = models.JSONField(default=list)
    adult_level = models.PositiveSmallIntegerField(null=True)
    relation = models.CharField(max_length=6, choices=Relation.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "service"],
                condition=models.Q(state__in=["asked", "granted", "frozen"]),
                name="one_open_permission_of_a_service",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="granted") | models.Q(until__isnull=False), name="permission_granted_until"
            ),
        ]
        ordering = ["-asked_at", "-pk"]

    @property
    def is_alone(self) -> bool:
        """True where the child was old enough and decided without a guardian."""
        return bool(self.granted) and self.adult_level is None
