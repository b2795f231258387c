"""What exchange remembers of its partners: who they are, how far each is trusted, their keys, and which requests came already."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Organisation
from leeward.core.sealed_text import SealedTextField

TRUSTED = "auto"  # The only value in `Partner.trust`: a category that is missing there waits for a person.
CODE_MAX = 40
KID_MAX = 100
RATE_PER_MINUTE = 600


class Partner(models.Model):
    """One organisation with which signs are exchanged: what it may see is in the share rules, how far it is believed is here."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")

    class Group(models.TextChoices):
        PROVIDERS = "providers", _("Providers")
        HOTLINES = "hotlines", _("Hotlines")
        POLICE = "police", _("Police")
        REGULATORS = "regulators", _("Regulators")
        RESEARCHERS = "researchers", _("Researchers")

    class Purpose(models.TextChoices):
        PROTECT = "protect", _("To protect people")
        INVESTIGATE = "investigate", _("To investigate crimes")
        RESEARCH = "research", _("To do research")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="partner")
    state = models.CharField(max_length=10, choices=State.choices, default=State.INVITED)
    group = models.CharField(max_length=20, choices=Group.choices)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.PROTECT)
    # ISO 3166-1 codes of two letters.
    jurisdictions = models.JSONField(default=list, blank=True)
    # A category on TRUSTED starts to protect by itself; every other one waits for a person.
    trust = models.JSONField(default=dict, blank=True)
    # Who they are in STIX. Only this creator may take their signs back.
    identity_uid = models.UUIDField(null=True, blank=True)
    # Their TAXII api root. Where it is blank they only read from us.
    url = models.URLField(max_length=500, blank=True)
    collection = models.CharField(max_length=100, blank=True)
    # Our credentials there: `name:password`, or one token; blank where they gave us none. Sealed under the master key.
    sealed_key = SealedTextField(blank=True)
    # The time of addition of the last page that we took from them, as they wrote it.
    mark = models.CharField(max_length=64, blank=True)
    # Where our own pull stands.
    position = models.BigIntegerField(default=0)
    last_contact_at = models.DateTimeField(null=True, blank=True)
    # What went wrong at the last contact; blank where nothing did.
    last_fault = models.CharField(max_length=CODE_MAX, blank=True)
    rate_per_minute = models.PositiveIntegerField(default=RATE_PER_MINUTE)
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rate_per_minute__gte=1), name="partner_may_ask"),
            models.CheckConstraint(
                condition=Q(state="suspended", suspended_at__isnull=False)
                | (~Q(state="suspended") & Q(suspended_at=None)),
                name="partner_is_suspended_at_a_time",
            ),
        ]
        ordering = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.slug

    @property
    def actor(self) -> str:
        """Who acts, as the record says it; signs that came from this partner have sources that begin with it."""
        return f"partner:{self.organisation.slug}"

    @property
    def is_active(self) -> bool:
        """Say whether anything is exchanged with it."""
        return self.state == self.State.ACTIVE

    def trusts(self, category: str) -> bool:
        """Say whether what they tell of this category starts to protect before a person looked."""
        return bool(self.trust.get(category) == TRUSTED)


class FormerStanding(models.Model):
    """Where a partner stood in the rules before it was moved: what it could see there it must still hear the end of."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="former_standings")
    group = models.CharField(max_length=20, choices=Partner.Group.choices)
    purpose = models.CharField(max_length=20, choices=Partner.Purpose.choices)
    jurisdictions = models.JSONField(default=list, blank=True)
    until_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class PartnerKeyQuerySet(models.QuerySet["PartnerKey"]):
    """The keys that somebody pinned."""

    def good_at(self, at: datetime) -> PartnerKeyQuerySet:
        """Those that count at a moment: begun, not over and not withdrawn."""
        begun = self.filter(valid_from__lte=at, withdrawn_at=None)
        return begun.filter(Q(valid_until=None) | Q(valid_until__gt=at))


class PartnerKey(models.Model):
    """A partner's public Ed25519 key, pinned by a person who compared it with the partner's people out of band."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=KID_MAX)
    # The raw key in base64url without padding. Source: RFC 8037, 2.
    x = models.CharField(max_length=43)
    # Its name for HTTP message signatures, where nobody can choose the name of another partner's key. Source: RFC 7638.
    thumbprint = models.CharField(max_length=43)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PartnerKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two partners with one key could speak for each other, and so could whoever pinned a key anew after its withdrawal.
            models.UniqueConstraint(fields=["thumbprint"], name="partner_key_is_of_one_partner"),
            models.UniqueConstraint(fields=["partner", "kid"], name="partner_key_has_its_own_name"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="partner_key_is_good_for_a_time",
            ),
        ]
        ordering = ["-valid_from", "-pk"]


class Nonce(models.Model):
    """A signed request that came already: the same one again is refused. Rows are forgotten when its time is over anyway."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "digest"], name="signed_request_comes_once")]
        indexes = [models.Index(fields=["used_at"], name="nonce_by_age")]
