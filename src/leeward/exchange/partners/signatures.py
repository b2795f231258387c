"""Requests that a partner signed with a pinned key instead of sending a secret: HTTP message signatures with Ed25519.

A signature covers the method, the whole address, and the digest of the body where there is one; it is good for a minute and
once. Sources: RFC 9421 (signatures), RFC 9530 (digest). By itself the library takes an identical repeat, and a request of
yesterday, so the time limit and the table of nonces are ours.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)

from leeward.core import config
from leeward.core.signing import SigningKey
from leeward.exchange.partners import jwk
from leeward.exchange.partners.models import Nonce, Partner, PartnerKey

log = logging.getLogger("leeward.exchange")

MAX_AGE = timedelta(seconds=60)
SKEW = timedelta(seconds=5)  # The library's own default: servers that exchange keep their clocks by NTP.
COVERED = ("@method", "@target-uri")  # And the digest of the body, where there is a body.
NONCE_MIN, NONCE_MAX = 16, 200  # Characters.
_KEPT = MAX_AGE + 2 * SKEW


@dataclass(frozen=True)
class _Message:
    """A request as the library reads and writes it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


def request_signed_by(request: HttpRequest, *, at: datetime) -> Partner | None:
    """Return the active partner whose pinned key signed this very request within the last minute; None where none did.

    The same request a second time is nobody's. `keyid` is the RFC 7638 thumbprint of the key, and a `nonce` is required.
    """
    if "Signature-Input" not in request.headers:
        return None
    pinned = _Pinned(at)
    try:
        results = _Verifier(pinned, at=at).verify(
            # The public address, and not the one behind a proxy; what was signed for another site is nothing here.
            _Message(str(request.method), _public_url(request), dict(request.headers.items())),
            require_components=COVERED,
            body=request.body,
        )
    except HTTPMessageSignaturesException as refused:
        # The text of the exception can hold what was sent.
        log.info("signed request refused", extra={"error": type(refused).__qualname__})
        return None
    key = pinned.found
    if key is None or len(results) != 1 or not _is_first(key.partner, results[0].nonce, at=at):
        return None
    return key.partner


def signed_headers(method: str, url: str, *, body: bytes, key: SigningKey, nonce: str, at: datetime) -> dict[str, str]:
    """Return the headers that make a request of ours a signed one, for a partner who pinned our key.

    `url` is whole and as it is sent; `nonce` is 16 to 200 characters that were never used before.
    """
    message = _Message(method, url)
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={key.kid: key.private}),
    )
    signer.sign(
        message,
        key_id=key.kid,
        created=at,
        nonce=nonce,
        label="leeward",
        covered_component_ids=COVERED,
        body=body or None,
    )
    return message.headers


def forget(at: datetime) -> None:
    """Forget the requests that are too old to be taken again anyway; a chore of the clock."""
    Nonce.objects.filter(used_at__lt=at - _KEPT).delete()


class _Pinned(HTTPSignatureKeyResolver):
    """The keys of active partners that count now; `found` is the one that was asked for."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self.found: PartnerKey | None = None

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        keys = PartnerKey.objects.good_at(self._at).select_related("partner__organisation").defer("partner__sealed_key")
        self.found = keys.filter(thumbprint=key_id, partner__state=Partner.State.ACTIVE).first()
        return None if self.found is None else Ed25519PublicKey.from_public_bytes(jwk.octets(self.found.x))


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with the time as an argument."""

    def __init__(self, pinned: _Pinned, *, at: datetime) -> None:
        super().__init__(signature_algorithm=algorithms.ED25519, key_resolver=pinned)
        self._at = at

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        created = self._time(sig_input, "created")
        if not -SKEW <= self._at - created <= MAX_AGE:
            raise InvalidSignature("too old, or of the future")
        if "expires" in sig_input.params and self._time(sig_input, "expires") < self._at:
            raise InvalidSignature("over")

    @staticmethod
    def _time(sig_input: Any, name: str) -> datetime:
        seconds = sig_input.params.get(name)
        if type(seconds) is not int:
            raise InvalidSignature("no time")
        try:
            return datetime.fromtimestamp(seconds, tz=UTC)
        except (OverflowError, ValueError, OSError):
            raise InvalidSignature("no time") from None


def _public_url(request: HttpRequest) -> str:
    return config.current().server.site_url.rstrip("/") + request.get_full_path()


def _is_first(partner: Partner, nonce: str | None, *, at: datetime) -> bool:
    """Note a nonce; False where there is none, or where it came before, in any process."""
    if nonce is None or not NONCE_MIN <= len(nonce) <= NONCE_MAX:
        return False
    try:
        with transaction.atomic():
            Nonce.objects.create(partner=partner, digest=hashlib.sha256(nonce.encode()).digest(), used_at=at)
    except IntegrityError:
        return False
    return True
