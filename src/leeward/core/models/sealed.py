"""Sealed bytes: what is kept of evidence, and nothing that opens it without the master key."""

from __future__ import annotations

import uuid

from django.db import models


class Blob(models.Model):
    """One sealed file in the blob storage. Its own data key stands here, wrapped by a master key."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    key_version = models.CharField(max_length=40)
    wrapped_key = models.BinaryField()
    created_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True)
