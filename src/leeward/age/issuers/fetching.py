"""Fetch a list of certificates by its address: small, whole, and never out of a private network that a name leads to."""

from __future__ import annotations

import httpx

from leeward.age.issuers.certificates import MOST_BYTES
from leeward.age.issuers.models import IssuerList
from leeward.core import calling

type Error = IssuerList.Error
_WHY = IssuerList.Error
_FAULTS = {
    calling.Fault.NOT_AN_ADDRESS: _WHY.NOT_AN_ADDRESS,
    calling.Fault.NO_SUCH_HOST: _WHY.NO_SUCH_HOST,
    calling.Fault.PRIVATE_NETWORK: _WHY.PRIVATE_NETWORK,
}
_SILENCE_S = 20.0


class NotFetched(Exception):
    """An address gave no list; `error` says why."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.value)
        self.error = error


def fetch(address: str) -> bytes:
    """Return what the address gives. Raises `NotFetched`. Being led elsewhere counts as a refusal."""
    with httpx.Client(timeout=_SILENCE_S, follow_redirects=False, trust_env=False) as client:
        try:
            answer = client.send(calling.request(client, "GET", address, headers={}), stream=True)
            try:
                return _body(answer)
            finally:
                answer.close()
        except calling.NotCalled as refused:
            raise NotFetched(_FAULTS[refused.fault]) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NotFetched(_WHY.UNREACHABLE) from None


def _body(answer: httpx.Response) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise NotFetched(_WHY.REFUSED)
    body = b""
    for piece in answer.iter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise NotFetched(_WHY.TOO_LARGE)
    return body
