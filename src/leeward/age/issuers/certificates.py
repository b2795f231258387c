"""Read certificates of issuers from a PEM file that somebody gave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from leeward.engines import mdoc

# The longest list of trust in the EU has some hundred issuers, each with a certificate of about 1,000 octets.
MOST_BYTES = 1024 * 1024
_NAME_LENGTH = 300


class NoCertificates(Exception):
    """No certificate of an issuer is in the file: take the root (IACA) certificates, as PEM."""


@dataclass(frozen=True)
class Found:
    """One certificate of an issuer."""

    name: str
    der: bytes
    fingerprint: str
    valid_until: datetime


def read(pem: bytes) -> list[Found]:
    """Return the issuers' certificates of a PEM file, each once. Certificates that sign for nobody are left out.

    Raises `NoCertificates` where none is left.
    """
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise NoCertificates from None
    found = {one.fingerprint: one for one in map(_found, certificates) if one is not None}
    if not found:
        raise NoCertificates
    return list(found.values())


def _found(certificate: x509.Certificate) -> Found | None:
    der = certificate.public_bytes(Encoding.DER)
    try:
        mdoc.Trust([der])
    except mdoc.NotAnAnchor:
        return None
    return Found(
        name=certificate.subject.rfc4514_string()[:_NAME_LENGTH],
        der=der,
        fingerprint=hashlib.sha256(der).hexdigest(),
        valid_until=certificate.not_valid_after_utc,
    )
