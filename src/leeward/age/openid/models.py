"""What is remembered of OpenID clients and of visits that they began. A visit names nobody and is erased within the hour."""

from __future__ import annotations

import uuid

from django.db import models


class OpenIdClient(models.Model):
    """A site's program that asks for ages by OpenID Connect. Without a secret it is a public one, such as an app."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client_id = models.CharField(max_length=40, unique=True)
    site = models.ForeignKey("age.Site", on_delete=models.CASCADE, related_name="openid_clients")
    redirect_uri = models.CharField(max_length=300)
    # A keyed digest; empty for a public client.
    secret = models.BinaryField(max_length=32, blank=True)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["site__name", "made_at", "pk"]


class OpenIdVisit(models.Model):
    """One question of a client, from its link to the moment when it fetches the answer."""

    # The digest of what stands in the visitor's browser, as in every other way to a gate.
    nonce = models.CharField(max_length=43, unique=True)
    client = models.ForeignKey(OpenIdClient, on_delete=models.CASCADE, related_name="+")
    requirement = models.ForeignKey("age.Requirement", on_delete=models.CASCADE, related_name="+")
    # What the client gets back as it sent it.
    state = models.CharField(max_length=1000, blank=True)
    client_nonce = models.CharField(max_length=200, blank=True)
    challenge = models.CharField(max_length=43)
    begun_at = models.DateTimeField(db_index=True)
    # From here on: what was shown, and the digest of the code that fetches it.
    code = models.BinaryField(max_length=32, null=True, unique=True)
    level = models.PositiveSmallIntegerField(null=True)
    jti = models.CharField(max_length=22, blank=True)
    shown_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    coded_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
