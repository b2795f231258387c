"""How to come in at a partner's TAXII server: its addresses, our credentials there, and telling it something.

Each request is signed, too: who pinned our key lets us in by that alone, and others leave the two headers unread.
"""

from __future__ import annotations

import base64
import json
import secrets

import httpx
from django.utils import timezone

from leeward.core import calling, config, signing, webhooks
from leeward.engines.stix import taxii
from leeward.exchange.partners import services as partners
from leeward.exchange.partners import signatures
from leeward.exchange.partners.models import Partner

_NONCE_BYTES = 18


def address(partner: Partner, door: str) -> str:
    """Return the address of a door of the partner's collection, such as `objects/`."""
    return f"{partner.url.rstrip('/')}/collections/{partner.collection}/{door}"


def headers(partner: Partner, method: str, url: str, *, body: bytes = b"") -> dict[str, str]:
    """Return what lets us in for one request that is sent now: our credentials there, if we have any, and our signature.

    `url` is whole and as it is sent. `name:password` goes as Basic and a token as Bearer.
    """
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    # The time is that of the sending and not of the round that it belongs to, which can last for minutes.
    signed = signatures.signed_headers(
        method, url, body=body, key=signing.signing_keys()[0], nonce=nonce, at=timezone.now()
    )
    return _credentials(partner) | signed


def _credentials(partner: Partner) -> dict[str, str]:
    credentials = partners.credentials_of(partner)
    if not credentials:
        return {}
    if ":" in credentials:
        return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
    return {"Authorization": f"Bearer {credentials}"}


def tell(partner: Partner, door: str, known: object) -> int:
    """Send a JSON value to a door of the partner and return the status of its answer. Raises `webhooks.NotTaken` where none came."""
    url, body = address(partner, door), json.dumps(known, separators=(",", ":")).encode()
    told = headers(partner, "POST", url, body=body) | {"Content-Type": taxii.MEDIA_TYPE, "Accept": taxii.MEDIA_TYPE}
    timeout_s = config.current().jobs.http_timeout_s
    try:
        with httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False) as client:
            sent = calling.request(client, "POST", url, headers=told, body=body)
            return client.send(sent).status_code
    except calling.NotCalled as error:
        raise webhooks.NotTaken(error.fault.value, code=webhooks.NO_CONNECTION) from None
    except httpx.HTTPError as error:
        # The exception's text holds the address; only its kind goes on.
        raise webhooks.NotTaken(type(error).__name__, code=webhooks.NO_CONNECTION) from None
