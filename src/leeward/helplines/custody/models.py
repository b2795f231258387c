"""Keys of people, and what they hold of the keys of desks. Each private half is sealed in a browser before it comes here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leeward.core.models import User
from leeward.helplines.conversations.models import KEY_BYTES, DeskKey

# Salt, nonce, key and tag of what a passphrase wraps; see `keyring.js`.
WRAPPED_BYTES = 16 + 12 + KEY_BYTES + 16
SHARES_NEEDED = 2


class PersonKey(models.Model):
    """The key pair of one person. A passphrase that never comes here opens the private half."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    public = models.BinaryField(max_length=KEY_BYTES, unique=True)
    wrapped = models.BinaryField(max_length=WRAPPED_BYTES)
    made_at = models.DateTimeField()


class KeyCopy(models.Model):
    """The private key of a desk, sealed to one person."""

    desk_key = models.ForeignKey(DeskKey, on_delete=models.CASCADE, related_name="copies")
    holder = models.ForeignKey(PersonKey, on_delete=models.CASCADE, related_name="copies")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["desk_key", "holder"], name="one_copy_of_a_key_each")]


class KeyShare(models.Model):
    """One share of a desk's private key, sealed to a supervisor. Two of different places are the key; one is nothing.

    `lent_by` is empty where it is the holder's own; else that colleague lent it, until the key is brought back.
    """

    desk_key = models.ForeignKey(DeskKey, on_delete=models.CASCADE, related_name="shares")
    holder = models.ForeignKey(PersonKey, on_delete=models.CASCADE, related_name="shares")
    place = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    lent_by = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk_key", "holder", "place"], name="one_share_of_a_place_each"),
            models.UniqueConstraint(
                fields=["desk_key", "place"], condition=Q(lent_by=None), name="one_owner_of_a_share"
            ),
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=255), name="share_has_a_place"),
        ]
