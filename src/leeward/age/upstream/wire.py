"""Calls to a service that is asked: small answers in JSON, never by a redirect, and into a private network only by number."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from leeward.age.upstream.refusing import Refused
from leeward.core import calling

_SILENCE_S = 10.0
_MOST_BYTES = 200_000
_LOOPBACK = {"127.0.0.1", "::1"}


def is_callable(address: str) -> bool:
    """True for an address to which a secret may go: https, or this very machine."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def ask(
    method: str, address: str, *, issuer: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> dict[str, Any]:
    """Return what a door of an issuer answers, an object in JSON. Raises `Refused`.

    What the issuer says of itself cannot lead into our private network unless the operator wrote down a number there.
    """
    if not is_callable(address):
        raise Refused("upstream_address")
    with httpx.Client(timeout=_SILENCE_S, follow_redirects=False, trust_env=False) as client:
        try:
            request = calling.request(
                client,
                method,
                address,
                headers={"Accept": "application/json", **(headers or {})},
                body=body,
                may_be_private=_is_number(issuer),
            )
            answer = client.send(request, stream=True)
            try:
                return _object(answer)
            finally:
                answer.close()
        except calling.NotCalled as refused:
            raise Refused(f"upstream_{refused.fault.value}") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Refused("upstream_silent") from None


def _object(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise Refused(f"upstream_said_{answer.status_code}")
    body = b""
    for piece in answer.iter_raw():
        body += piece
        if len(body) > _MOST_BYTES:
            raise Refused("upstream_too_large")
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("upstream_no_json") from None
    if not isinstance(said, dict):
        raise Refused("upstream_no_json")
    return said


def _is_number(address: str) -> bool:
    try:
        ipaddress.ip_address(urlsplit(address).hostname or "")
    except ValueError:
        return False
    return True
