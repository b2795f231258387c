"""What age assurance remembers: who asks for which age, attempts to show it, and facts of people with an account.

No birth date, no picture and no number of a document stands in any of these tables.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.age.blind.models import BlindEntry, BlindKey, BlindRegister, BlindShare, SpentToken
from leeward.age.effect.models import Evidence, OpenAnswer, SignWeek
from leeward.age.issuers.models import Issuer, IssuerList
from leeward.age.levels import THRESHOLDS, Kind, Level
from leeward.age.openid.models import OpenIdClient, OpenIdVisit
from leeward.age.rules.models import AgeRule, Permit
from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField

# Django finds the models of a capability here, also those of its parts.
__all__ = [
    "AgeFact",
    "AgeRecord",
    "AgeRule",
    "AgeTransaction",
    "BlindEntry",
    "BlindKey",
    "BlindRegister",
    "BlindShare",
    "ClosedWay",
    "Evidence",
    "Issuer",
    "IssuerList",
    "LiveToken",
    "OpenAnswer",
    "OpenIdClient",
    "OpenIdVisit",
    "Permit",
    "Requirement",
    "SignWeek",
    "Site",
    "SpentToken",
]

LEVEL_WORDS = [
    (Level.ASSERTED.value, _("Asserted: somebody says so")),
    (Level.BASIC.value, _("Basic: it looks so")),
    (Level.STANDARD.value, _("Standard: a record says so")),
    (Level.ENHANCED.value, _("Enhanced: a document or trained staff says so")),
    (Level.STRICT.value, _("Strict: enhanced, and shown anew each time")),
]
KIND_WORDS = [
    (Kind.VERIFICATION.value, _("Verification: looked up")),
    (Kind.ESTIMATION.value, _("Estimation: measured")),
    (Kind.INFERENCE.value, _("Inference: concluded")),
    (Kind.DECLARATION.value, _("Declaration: said")),
]


class Site(models.Model):
    """A site that asks for ages. A token is good for its `origin` and for no other."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    origin = models.CharField(max_length=200, unique=True)
    # Where a visitor comes back to with the token: an address of the same origin.
    callback = models.CharField(max_length=300)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Requirement(models.Model):
    """What one area of a site asks for: an age from below or from above, and how sure that must be."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What the proxy says in X-Age-Required.
    slug = models.SlugField(max_length=60, unique=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="requirements")
    area = models.CharField(max_length=80)
    age_over = models.PositiveSmallIntegerField(null=True)
    age_under = models.PositiveSmallIntegerField(null=True)
    level = models.PositiveSmallIntegerField(choices=LEVEL_WORDS)
    # The values of `Kind` that are good enough.
    kinds = models.JSONField(default=list)
    # How old a result of a person with an account may be. Zero: it is shown anew each time.
    result_days = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(age_over__isnull=False, age_under=None)
                | models.Q(age_over=None, age_under__isnull=False),
                name="age_over_or_under",
            )
        ]
        ordering = ["site__name", "area", "pk"]


class AgeTransaction(models.Model):
    """One attempt to show an age with one method. Whose it is stands here only for somebody who is signed in."""

    class State(models.TextChoices):
        PENDING = "pending", _("Begun")
        SATISFIED = "satisfied", _("Shown")
        NOT_SATISFIED = "not_satisfied", _("Not of that age")
        INCONCLUSIVE = "inconclusive", _("Could not tell")
        FAILED = "failed", _("Did not work")
        EXPIRED = "expired", _("Left open")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="transactions")
    method = models.CharField(max_length=40)
    state = models.CharField(max_length=14, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(null=True, choices=LEVEL_WORDS)
    # The digest of what the site put into the visitor's browser: a token fits there and nowhere else. Emptied when it is over.
    nonce = models.CharField(max_length=43, blank=True)
    # The digest of what stands in this visitor's own browser, so that nobody else goes on with the attempt.
    browser = models.BinaryField(max_length=32)
    # What a method must remember between its two steps, such as a challenge. Emptied when it is over.
    memory = SealedTextField(blank=True)
    # By whom the tokens of this attempt can be taken back, such as `permit:SUBJECT`. Emptied when it is over.
    holder = models.CharField(max_length=80, blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    begun_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    # When the visitor went back with a token.
    went_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(state="pending") & models.Q(ended_at=None))
                | (~models.Q(state="pending") & models.Q(ended_at__isnull=False)),
                name="age_attempt_ended_at_a_time",
            )
        ]
        ordering = ["-begun_at", "-pk"]


class AgeFact(models.Model):
    """That a person with an account is over or under one of four ages, how sure that is, and until when it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="age_facts")
    threshold = models.PositiveSmallIntegerField()
    is_over = models.BooleanField()
    level = models.PositiveSmallIntegerField(choices=LEVEL_WORDS)
    kind = models.CharField(max_length=12, choices=KIND_WORDS)
    method = models.CharField(max_length=40)
    # The first day of the month in which it was shown, so that nothing can be counted back from it.
    month = models.DateField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "threshold"], name="one_age_fact_of_a_threshold"),
            models.CheckConstraint(condition=models.Q(threshold__in=THRESHOLDS), name="age_fact_of_a_known_threshold"),
        ]


class LiveToken(models.Model):
    """A token of somebody who can be revoked, until it is over. Whose it is stands here as a keyed digest."""

    jti = models.CharField(max_length=22, unique=True)
    holder = models.BinaryField(max_length=32, db_index=True)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)


class AgeRecord(models.Model):
    """A line of a list that a school or an access provider gave: a keyed digest of a code, and ages as yes or no."""

    class Source(models.TextChoices):
        SCHOOL = "school", _("School")
        ACCESS = "access", _("Access provider")

    source = models.CharField(max_length=6, choices=Source.choices)
    digest = models.BinaryField(max_length=32)
    # Of each threshold in order: "y" over, "n" under.
    over = models.CharField(max_length=len(THRESHOLDS))
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="one_age_record_of_a_code")]


class ClosedWay(models.Model):
    """A way that the operator switched off, by the id of its method. Without a row it is offered wherever it is set up."""

    method = models.CharField(max_length=40, unique=True)
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
