"""Issuers of proofs of age, and the lists from which they come. All of it is public; nobody who shows an age is in it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User


class Form(models.TextChoices):
    """In which form an issuer's proofs come."""

    MDOC = "mdoc", _("Age proof app (mdoc)")
    SD_JWT = "sd_jwt", _("Wallet (SD-JWT VC)")


class IssuerList(models.Model):
    """An address that gives certificates of issuers as PEM, asked once a day."""

    class Error(models.TextChoices):
        """Why the last try gave nothing; the labels say what to do."""

        NOT_AN_ADDRESS = "not_an_address", _("The address is no https address. Correct it.")
        NO_SUCH_HOST = "no_such_host", _("Nobody knows the host of the address. Look whether the list has moved.")
        PRIVATE_NETWORK = "private_network", _("The address leads into a private network. Give the public one.")
        UNREACHABLE = "unreachable", _("The server did not answer. It is tried again in an hour.")
        REFUSED = "refused", _("The server refused, or led elsewhere. Look at the address in a browser.")
        TOO_LARGE = "too_large", _("The file is larger than a list may be. Look at the address.")
        NO_CERTIFICATES = "no_certificates", _("No certificate of an issuer is in the file. Look whether it is PEM.")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.CharField(max_length=8, choices=Form.choices)
    address = models.CharField(max_length=500)
    next_at = models.DateTimeField(db_index=True)
    # When the address last gave certificates.
    fetched_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=16, choices=Error.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "address"], name="one_issuer_list_of_an_address")]
        ordering = ["address", "pk"]


class Issuer(models.Model):
    """One certificate that lets signers sign proofs of age. It counts once a person said so."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for you")
        TRUSTED = "trusted", _("Counts")
        WITHDRAWN = "withdrawn", _("Does not count")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.CharField(max_length=8, choices=Form.choices)
    # The subject of the certificate, as people read it.
    name = models.CharField(max_length=300)
    certificate = models.BinaryField()
    # SHA-256 of the certificate, in hexadecimal digits.
    fingerprint = models.CharField(max_length=64)
    valid_until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices)
    source = models.ForeignKey(IssuerList, null=True, on_delete=models.SET_NULL, related_name="issuers")
    added_at = models.DateTimeField()
    # Nobody, where a list took it back.
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "fingerprint"], name="one_issuer_of_a_certificate")]
        ordering = ["name", "pk"]
