"""What families remember: who looks after which children, and on which devices. Nicknames are sealed; no date of birth stands here."""

from __future__ import annotations

import uuid

from django.db import models

from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField
from leeward.families.choices import AgeBand, Kind, Picture, Standing, Sticker, Use

NICKNAME_MAX = 30


class Household(models.Model):
    """Some children and those who look after them. It has no name and no address."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    made_at = models.DateTimeField()
    # When the last guardian left; soon after that it is forgotten with everything in it.
    closed_at = models.DateTimeField(null=True)


class Guardian(models.Model):
    """One person who looks after one household, until they leave."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="guardians")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=Standing.choices)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(left_at=None), name="guardian_of_one_household"
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(left_at=None, role=Standing.OWNER),
                name="household_has_one_owner",
            ),
        ]
        ordering = ["joined_at", "pk"]


class Here[Row: models.Model](models.QuerySet[Row]):
    """Rows of a household that can be taken off."""

    def here(self) -> Here[Row]:
        """Return those that were not taken off, of households that are not closed."""
        return self.filter(removed_at=None, household__closed_at=None)


class Child(models.Model):
    """A child under the name that the family chose."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="children")
    nickname = SealedTextField()
    picture = models.CharField(max_length=10, choices=Picture.choices)
    band = models.CharField(max_length=6, choices=AgeBand.choices)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = Here["Child"].as_manager()

    class Meta:
        ordering = ["added_at", "pk"]


class Device(models.Model):
    """A device of a household. It waits until somebody opens its address on it, and has joined from then on."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    picture = models.CharField(max_length=10, choices=Sticker.choices)
    use = models.CharField(max_length=6, choices=Use.choices)
    child = models.ForeignKey(Child, null=True, on_delete=models.CASCADE, related_name="devices")
    # The token of the address is made of this number with our key, so it can be shown again and stands nowhere.
    token_uid = models.UUIDField(default=uuid.uuid4)
    token = models.BinaryField(max_length=32, unique=True)
    token_until = models.DateTimeField()
    added_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = Here["Device"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(use=Use.CHILD, child__isnull=False)
                | (~models.Q(use=Use.CHILD) & models.Q(child__isnull=True)),
                name="device_of_a_child_or_of_nobody",
            )
        ]
        ordering = ["added_at", "pk"]


class Invitation(models.Model):
    """A code for one more guardian, good for one person and a short time. Kept as a keyed digest."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    code = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(used_at=None, withdrawn_at=None),
                name="one_open_invitation",
            )
        ]
        ordering = ["made_at", "pk"]
