"""What is remembered of blind tokens: keys, how many each result got, and which were spent. No token is tied to a result."""

from __future__ import annotations

from django.db import models

from leeward.core.sealed_text import SealedTextField


class BlindKey(models.Model):
    """A key for one age, one level and one week. Which key signed a token is all that the token says."""

    # The thumbprint of its public half (RFC 7638).
    kid = models.CharField(max_length=43, unique=True)
    is_over = models.BooleanField()
    age = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    # PKCS#8 in PEM.
    private = SealedTextField()
    # As a JWK: `kty`, `n` and `e`.
    public = models.JSONField()
    begins_at = models.DateTimeField()
    signs_until_at = models.DateTimeField()
    good_until_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_over", "age", "level", "begins_at"], name="one_blind_key_of_a_week")
        ]
        ordering = ["begins_at", "is_over", "age", "level"]


class BlindEntry(models.Model):
    """A line of the register of keys. It is never changed, and stays when its key is erased."""

    number = models.PositiveIntegerField(unique=True)
    kid = models.CharField(max_length=43, unique=True)
    is_over = models.BooleanField()
    age = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    begins_at = models.DateTimeField()
    # SHA-256 over the digest of the line before and what this one says.
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_over", "age", "level", "begins_at"], name="one_entry_of_a_week")
        ]
        ordering = ["number"]


class BlindRegister(models.Model):
    """The end of the register: the one row that is locked while a key is entered."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveIntegerField(default=0)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_blind_register")]


class BlindShare(models.Model):
    """How many tokens were signed for one attempt that showed an age."""

    attempt = models.OneToOneField("age.AgeTransaction", on_delete=models.CASCADE, related_name="+")
    signed = models.PositiveSmallIntegerField(default=0)


class SpentToken(models.Model):
    """A token that was spent, as a digest, until its key is over."""

    key = models.ForeignKey(BlindKey, on_delete=models.CASCADE, related_name="spent")
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "digest"], name="blind_token_spent_once")]
