"""Who may act: people, organisations, the roles between them, and the keys of machines."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a person may do here. A reporter needs no account and so has no role."""

    GUARDIAN = "guardian", "Guardian"
    REVIEWER = "reviewer", "Reviewer"
    SENIOR_REVIEWER = "senior_reviewer", "Senior reviewer"
    COUNSELLOR = "counsellor", "Counsellor"
    SUPERVISOR = "supervisor", "Supervisor of counsellors"
    PARTNER = "partner", "Partner"
    OPERATOR = "operator", "Operator"


class Organisation(models.Model):
    """A provider, hotline, police unit, regulator or helpline that takes part."""

    class Kind(models.TextChoices):
        PROVIDER = "provider", "Provider"
        HOTLINE = "hotline", "Hotline"
        POLICE = "police", "Police"
        REGULATOR = "regulator", "Regulator"
        HELPLINE = "helpline", "Helpline"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person with an account."""

    organisations: models.ManyToManyField[Organisation, Membership] = models.ManyToManyField(
        Organisation, through="Membership"
    )

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that the person has in any organisation; none for a person who was switched off."""
        if not self.is_active:
            return frozenset()
        if not hasattr(self, "_roles"):
            self._roles = frozenset(Role(role) for role in self.membership_set.values_list("role", flat=True))
        return self._roles


class Membership(models.Model):
    """One role of one person in one organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation", "role"], name="one_role_once")]


class ApiKey(models.Model):
    """A machine's key. Only its keyed digest is stored; `scopes` are the doors that it opens."""

    class Scope(models.TextChoices):
        SCREEN = "screen", "Ask about uploads"
        REPORT = "report", "Send reports"
        FLAG = "flag", "Send reports as a trusted flagger"
        EVIDENCE = "evidence", "Add evidence to cases"
        EXCHANGE = "exchange", "Read shared signs"
        DESK = "desk", "Work at the desk as the person whose key it is"
        ACTIONS = "actions", "Say how an order ended"
        LINES = "lines", "Say which line has which address"
        AGES = "ages", "Take blind tokens of age"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    # Whoever acts with it, for the scope `desk`: decisions are taken by people.
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class Endpoint(models.Model):
    """Where a provider's own system takes signed webhooks. The secret is sealed like a blob's data key."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    url = models.URLField(max_length=500)
    sealed_secret = models.BinaryField()
    is_open = models.BooleanField(default=True)
