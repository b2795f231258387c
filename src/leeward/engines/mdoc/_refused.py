"""Why an answer of a wallet is refused, in words that hold nothing of the answer."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Say what is wrong with an answer. The values are kept with transactions, so they stay as they are."""

    TOO_LARGE = "too_large"
    ENCODING = "encoding"  # Not CBOR as it is written for mobile documents, or octets after its end.
    STRUCTURE = "structure"  # A field is missing or holds something of another type.
    VERSION = "version"
    STATUS = "status"  # The wallet itself says that it could not answer.
    DOCUMENTS = "documents"  # None, or more than one.
    DOCTYPE = "doctype"
    ALGORITHM = "algorithm"
    ISSUER = "issuer"  # No trusted certificate signed the one of the signer.
    SIGNER = "signer"  # The signer's certificate is not one that may sign such documents.
    SIGNER_TIME = "signer_time"
    ISSUER_SIGNATURE = "issuer_signature"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    UNSIGNED = "unsigned"  # An element that the issuer never signed.
    DIGEST = "digest"
    TOO_MUCH = "too_much"  # The wallet shows more than was asked for.
    NOTHING = "nothing"
    DEVICE_KEY = "device_key"
    DEVICE_PROOF = "device_proof"  # Not signed by the device that the issuer named, or not for this request.
    CONTRADICTION = "contradiction"
    CIRCUIT = "circuit"  # Proven by another circuit than the one that was asked for.
    NOT_FRESH = "not_fresh"
    NOT_TRUE = "not_true"  # A proof of anything but a yes.
    SEAL = "seal"  # The sealed answer does not open with the key of this request.


class Refused(Exception):
    """An answer is refused, for `reason`. Ask the wallet again with a fresh request."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
