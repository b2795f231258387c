"""Signed calls to a provider's own system, after the Standard Webhooks specification."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
from standardwebhooks import Webhook

from leeward.core import config, keys
from leeward.core.models import Endpoint, Organisation


class NotTaken(Exception):
    """A provider's system did not answer with 2xx. The delivery is tried again; look at the provider's log if it goes on.

    `code` says what it met instead, for people: an HTTP status, or that no answer came. It holds no address.
    """

    def __init__(self, met: str, *, code: str) -> None:
        super().__init__(met)
        self.code = code


NO_CONNECTION, TIME_OUT, BROKEN_OFF = "no connection", "time-out", "the answer broke off"


@cache
def _client() -> httpx.Client:
    """Return the client of this process: reading the list of authorities for each call would take longer than the call.

    Connections are not kept, because one that the other side has closed meanwhile would count as a failed try.
    """
    return httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


def open_endpoint(organisation: Organisation, *, url: str, secret: str) -> Endpoint:
    """Remember where a provider takes webhooks; `secret` is `whsec_` and base64, and is sealed."""
    uid = uuid.uuid4()
    version, sealed = keys.wrap(secret.encode(), place=f"endpoint:{uid}")
    return Endpoint.objects.create(
        uid=uid, organisation=organisation, url=url, sealed_secret=version.encode() + b"\0" + sealed
    )


def secret_of(endpoint: Endpoint) -> str:
    """Return the signing secret of an endpoint."""
    version, _, sealed = bytes(endpoint.sealed_secret).partition(b"\0")
    return keys.unwrap(version.decode(), sealed, place=f"endpoint:{endpoint.uid}").decode()


def send(endpoint: Endpoint, *, message_id: str, kind: str, data: dict[str, Any], at: datetime) -> None:
    """Send one message. The same `message_id` may come twice; the receiver has one effect. Raises `NotTaken`."""
    body = json.dumps({"type": kind, "timestamp": at.astimezone(UTC).isoformat(), "data": data}, separators=(",", ":"))
    signature = Webhook(secret_of(endpoint)).sign(message_id, at.astimezone(UTC), body)
    headers = {
        "content-type": "application/json",
        "user-agent": "leeward",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    try:
        timeout_s = config.current().jobs.http_timeout_s
        answer = _client().post(endpoint.url, content=body, headers=headers, timeout=timeout_s)
    except httpx.HTTPError as error:
        # The exception's text holds the address; only its kind goes on.
        raise NotTaken(type(error).__name__, code=_code(error)) from None
    if not answer.is_success:
        raise NotTaken(f"status {answer.status_code}", code=f"HTTP {answer.status_code}")


def _code(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return TIME_OUT
    return NO_CONNECTION if isinstance(error, httpx.ConnectError) else BROKEN_OFF


def rotate() -> int:
    """Wrap every endpoint's secret under the newest master key and return how many changed."""
    newest, changed = keys.master_keys()[0].version.encode(), 0
    for endpoint in Endpoint.objects.iterator():
        before = bytes(endpoint.sealed_secret)
        if before.partition(b"\0")[0] == newest:
            continue
        version, sealed = keys.wrap(secret_of(endpoint).encode(), place=f"endpoint:{endpoint.uid}")
        after = version.encode() + b"\0" + sealed
        changed += Endpoint.objects.filter(pk=endpoint.pk, sealed_secret=before).update(sealed_secret=after)
    return changed
