"""Ask Leeward about an upload before it is stored. Copy this file: it needs Python 3.12 and httpx, nothing else.

Only `clear` may be published. Whatever goes wrong - no answer in time, an error, an answer that nobody understands -
counts as `held`: keep the upload back and ask again later.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import httpx

LIMIT_BYTES = 26_214_400  # Leeward refuses more, unless its LEEWARD_MAX_BODY_BYTES was changed.
WITHIN_S = 5.0
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError, AttributeError, RecursionError)

log = logging.getLogger(__name__)


class Answer(StrEnum):
    """What to do with an upload: publish it, refuse it, let a person look first, or keep it back and ask again."""

    CLEAR = "clear"
    KNOWN = "known"
    SUSPECT = "suspect"
    HELD = "held"


@dataclass(frozen=True)
class Verdict:
    """What Leeward said of one upload: `reason` says why it is held, `signs` are the ids of what it matched."""

    answer: Answer
    reason: str = ""
    signs: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        return self.answer is Answer.CLEAR


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that counts where several files come at once; clear where there is no file."""
    order = (Answer.KNOWN, Answer.HELD, Answer.SUSPECT, Answer.CLEAR)
    return min(verdicts, key=lambda verdict: order.index(verdict.answer), default=Verdict(Answer.CLEAR))


class Leeward:
    """One Leeward, for all threads and tasks of a process. `within_s` limits each step: to connect, to send, to wait."""

    def __init__(self, url: str, key: str, *, within_s: float = WITHIN_S) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/octet-stream"}
        self._url = f"{url.rstrip('/')}/api/v1/screen"
        # An upload goes to Leeward and nowhere else, so the environment's proxies are left out.
        self._client = httpx.Client(headers=headers, timeout=within_s, trust_env=False)
        self._async = httpx.AsyncClient(headers=headers, timeout=within_s, trust_env=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Read LEEWARD_URL and LEEWARD_API_KEY. Raises KeyError without them: then do not start."""
        return cls(os.environ["LEEWARD_URL"], os.environ["LEEWARD_API_KEY"])

    def ask(self, data: bytes, *, item_id: str = "") -> Verdict:
        """Return what Leeward says of the bytes. Give your own id of the item, so that people can find it again."""
        try:
            return _read(self._client.post(self._url, content=data, headers=_headers(item_id)))
        except _FAULTS as fault:
            return _unjudged(fault)

    def close(self) -> None:
        """Hang up, where a process ends with this Leeward before it ends itself. Tasks call `aclose`."""
        self._client.close()

    async def aclose(self) -> None:
        """Do what `close` does, for both ways to ask."""
        self._client.close()
        await self._async.aclose()

    async def ask_async(self, data: bytes, *, item_id: str = "") -> Verdict:
        """Do what `ask` does, without a thread."""
        try:
            return _read(await self._async.post(self._url, content=data, headers=_headers(item_id)))
        except _FAULTS as fault:
            return _unjudged(fault)


def _headers(item_id: str) -> dict[str, str]:
    return {"X-Item-Id": item_id} if item_id else {}


def _read(answer: httpx.Response) -> Verdict:
    if answer.status_code != httpx.codes.OK:  # A redirect too: nobody but Leeward is asked.
        raise httpx.HTTPStatusError(f"status {answer.status_code}", request=answer.request, response=answer)
    said = answer.json()
    return Verdict(Answer(said["answer"]), str(said["reason"]), tuple(str(sign["indicator"]) for sign in said["signs"]))


def _unjudged(fault: Exception) -> Verdict:
    why = f"status {fault.response.status_code}" if isinstance(fault, httpx.HTTPStatusError) else type(fault).__name__
    # This line is for those who run the site: while it comes, nothing is published.
    log.warning("Leeward did not judge an upload (%s); the upload is held", why)
    return Verdict(Answer.HELD, reason="leeward_did_not_answer")
