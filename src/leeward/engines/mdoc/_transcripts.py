"""What a wallet signs besides its answer, so that the answer counts for one request of one asker: the session transcript.

Sources: OpenID for Verifiable Presentations 1.0, appendix B.2.6; ISO/IEC TS 18013-7, annex C.
"""

from __future__ import annotations

import hashlib

from leeward.engines.mdoc import _cbor


def transcript_openid4vp(*, client_id: str, nonce: str, response_uri: str, thumbprint: bytes | None = None) -> bytes:
    """Return the transcript of a request by link. `thumbprint` (RFC 7638, SHA-256) is that of the key which the answer is sealed to."""
    return _transcript("OpenID4VPHandover", [client_id, nonce, thumbprint, response_uri])


def transcript_dc_api(*, origin: str, nonce: str, thumbprint: bytes | None = None) -> bytes:
    """Return the transcript of an OpenID4VP request through the browser (Digital Credentials API). `origin` has no ending slash."""
    return _transcript("OpenID4VPDCAPIHandover", [origin, nonce, thumbprint])


def transcript_iso_dc_api(*, origin: str, encryption_info: str) -> bytes:
    """Return the transcript of an `org-iso-mdoc` request through the browser. `encryption_info` is as it was sent, in base64url."""
    return _transcript("dcapi", [encryption_info, origin])


def _transcript(kind: str, bound: list[str | bytes | None]) -> bytes:
    digest = hashlib.sha256(_cbor.write(bound)).digest()
    return _cbor.write([None, None, [kind, digest]])
