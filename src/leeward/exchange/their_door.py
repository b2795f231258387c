"""How to come in at a partner's TAXII server: its addresses, our credentials there, and telling it something."""

from __future__ import annotations

import base64
import json

import httpx

from leeward.core import calling, config, webhooks
from leeward.engines.stix import taxii
from leeward.exchange import partners
from leeward.exchange.partner_models import Partner


def address(partner: Partner, door: str) -> str:
    """Return the address of a door of the partner's collection, such as `objects/`."""
    return f"{partner.url.rstrip('/')}/collections/{partner.collection}/{door}"


def headers(partner: Partner) -> dict[str, str]:
    """Return the header with our credentials, `name:password` as Basic and a token as Bearer; none where we have none."""
    credentials = partners.credentials_of(partner)
    if not credentials:
        return {}
    if ":" in credentials:
        return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
    return {"Authorization": f"Bearer {credentials}"}


def tell(partner: Partner, door: str, known: object) -> int:
    """Send a JSON value to a door of the partner and return the status of its answer. Raises `webhooks.NotTaken` where none came."""
    told = headers(partner) | {"Content-Type": taxii.MEDIA_TYPE, "Accept": taxii.MEDIA_TYPE}
    timeout_s = config.current().jobs.http_timeout_s
    try:
        with httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False) as client:
            body = json.dumps(known, separators=(",", ":")).encode()
            sent = calling.request(client, "POST", address(partner, door), headers=told, body=body)
            return client.send(sent).status_code
    except calling.NotCalled as error:
        raise webhooks.NotTaken(error.fault.value, code=webhooks.NO_CONNECTION) from None
    except httpx.HTTPError as error:
        # The exception's text holds the address; only its kind goes on.
        raise webhooks.NotTaken(type(error).__name__, code=webhooks.NO_CONNECTION) from None
