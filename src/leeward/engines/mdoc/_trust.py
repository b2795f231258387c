"""Whose signatures count: certificates of issuers, and the one step from them to the certificate inside a document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

from leeward.engines.mdoc._refused import Reason, Refused

# What a signer's certificate must be for. The first is ISO/IEC 18013-5 B.1.4, the second stands in the certificates of the EU's
# reference issuer (annex A of the age verification profile, 1.0.8).
USAGES = frozenset({"1.0.18013.5.1.2", "1.3.130.2.0.0.1.2"})

# What certificates raise that are none, or odd ones. The warning is of a serial number that is not positive, where warnings raise.
_ODD = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    CryptographyDeprecationWarning,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_MOST_SIGNERS = 1024  # Certificates of signers live for months and are shared by all documents of an issuer.


class NotAnAnchor(Exception):
    """Bytes are not the certificate of an issuer that signs for its signers: take the root (IACA) certificate, as DER."""


@dataclass(frozen=True)
class Signer:
    """A key that a trusted issuer let sign documents, and the time in which it may. `anchor` is the issuer's fingerprint, SHA-256."""

    key: ec.EllipticCurvePublicKey
    not_before: datetime
    not_after: datetime
    anchor: str


class Trust:
    """The issuers that count. A document's certificate must come from one of them directly, as ISO/IEC 18013-5 annex B has it.

    `usages` are the purposes of which a signer's certificate must name one; an empty set asks for none.
    Withdrawn certificates (CRL) are not looked up: withdraw an issuer by taking it out of the list.
    """

    def __init__(self, anchors: Iterable[bytes], *, usages: frozenset[str] = USAGES) -> None:
        """Read the issuers' certificates, each as DER. Raises `NotAnAnchor`."""
        self._anchors = [_anchor(der) for der in anchors]
        self._usages = usages
        self._signers: dict[bytes, Signer] = {}

    def signer(self, der: bytes, *, at: datetime) -> Signer:
        """Return who signs with this certificate. Raises `Refused`.

        Only certificates that hold are remembered, so strangers cannot fill the memory; their dates are looked at every time.
        """
        signer = self._signers.get(der)
        if signer is None:
            signer = self._checked(der)
            if len(self._signers) < _MOST_SIGNERS:
                self._signers[der] = signer
        if not signer.not_before <= at <= signer.not_after:
            raise Refused(Reason.SIGNER_TIME)
        return signer

    def _checked(self, der: bytes) -> Signer:
        try:
            certificate = x509.load_der_x509_certificate(der)
            # The last field is the signature, whole octets of it. The parser lets unused bits pass, which nobody signed.
            if not der.endswith(b"\x00" + certificate.signature):
                raise Refused(Reason.SIGNER)
            anchor = next(anchor for anchor in self._anchors if _issued(certificate, anchor))
            key = certificate.public_key()
            may_sign = _may_sign(certificate, self._usages)
        except StopIteration:
            raise Refused(Reason.ISSUER) from None
        except _ODD:
            raise Refused(Reason.SIGNER) from None
        if not may_sign or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Refused(Reason.SIGNER)
        return Signer(
            key=key,
            not_before=max(certificate.not_valid_before_utc, anchor.not_valid_before_utc),
            not_after=min(certificate.not_valid_after_utc, anchor.not_valid_after_utc),
            anchor=fingerprint(anchor),
        )


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, as hexadecimal digits."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _anchor(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
        is_issuer = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (*_ODD, x509.ExtensionNotFound):
        raise NotAnAnchor from None
    if not is_issuer or not usage.key_cert_sign:
        raise NotAnAnchor
    return certificate


def _issued(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    """Say whether `anchor` signed `certificate`. The same name is not enough: the signature is checked."""
    try:
        certificate.verify_directly_issued_by(anchor)
    except (*_ODD, InvalidSignature):
        return False
    return True


def _may_sign(certificate: x509.Certificate, usages: frozenset[str]) -> bool:
    extensions = certificate.extensions
    try:
        if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return False
        if usages:
            named = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            if not any(usage.dotted_string in usages for usage in named):
                return False
    except x509.ExtensionNotFound:
        return False
    try:
        # The certificate of an issuer lets signers sign; it signs no documents.
        return not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return True
