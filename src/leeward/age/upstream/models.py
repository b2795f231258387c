"""What is remembered of a service that is asked: where its doors are, and our secret there, sealed. Nothing of a visitor."""

from __future__ import annotations

from django.db import models

from leeward.age.levels import Level
from leeward.age.upstream.choices import Reading, Service, SignIn
from leeward.core.sealed_text import SealedTextField

ADDRESS_MAX = 500


class Provider(models.Model):
    """One service, as the operator set it up; its doors are those that it named then."""

    service = models.CharField(max_length=8, choices=Service.choices, unique=True)
    # Visitors read it.
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=ADDRESS_MAX)
    client_id = models.CharField(max_length=200)
    sign_in = models.CharField(max_length=6, choices=SignIn.choices, default=SignIn.SECRET)
    # Empty where we sign instead.
    secret = SealedTextField()
    scopes = models.CharField(max_length=200)
    # Of an identity service: which claim says the age, and how.
    claim = models.CharField(max_length=100, blank=True)
    reading = models.CharField(max_length=10, choices=Reading.choices, blank=True)
    # Of a telephone company: the root of its age door.
    api = models.CharField(max_length=ADDRESS_MAX, blank=True)
    level = models.PositiveSmallIntegerField(choices=[(level.value, level.acr) for level in Level])
    is_open = models.BooleanField(default=True)
    set_at = models.DateTimeField()
    # What the service said of itself: OpenID Connect Discovery 1.0, section 3.
    authorize_at = models.CharField(max_length=ADDRESS_MAX)
    token_at = models.CharField(max_length=ADDRESS_MAX)
    keys_at = models.CharField(max_length=ADDRESS_MAX)
    people_at = models.CharField(max_length=ADDRESS_MAX, blank=True)
    # By OpenID Connect Core 1.0, section 9: `client_secret_post` instead of `client_secret_basic`.
    posts_secret = models.BooleanField(default=False)
    # RFC 9207: it names itself when it sends a visitor back.
    names_itself = models.BooleanField(default=False)
    takes_claims = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(service=Service.UPSTREAM, api="") & ~models.Q(claim="") & ~models.Q(reading="")
                | models.Q(service=Service.CARRIER, claim="", reading="") & ~models.Q(api=""),
                name="age_provider_says_how_it_is_asked",
            )
        ]
