"""Screen, then forward: a small server between nginx and a site that cannot be changed.

    LEEWARD_URL=http://127.0.0.1:8000 LEEWARD_API_KEY=... \\
        python front.py --port 8200 --site http://127.0.0.1:8100 --held-path /held-uploads

nginx sends it the uploads (see nginx.conf). What is clear goes on to the site, unchanged in meaning. What is known is
refused with 451. What is held goes to the site's `--held-path`, or is answered 503 without one.
"""

from __future__ import annotations

import argparse
from http import HTTPStatus

import httpx
import uvicorn
from asgi_upload import VERDICT, App, Receive, Scope, ScreenUploads, Send, answer, try_later
from leeward_client import Leeward, Verdict

ANSWER_HEADER = b"x-leeward-answer"
# These speak of one connection only (RFC 9110, 7.6.1), and the length is counted anew.
_OF_ONE_CONNECTION = frozenset(
    b"connection keep-alive proxy-connection te trailer transfer-encoding upgrade content-length expect".split()
)


class Forward:
    """Pass requests on to a site, and its answers back. With `path`, every request goes there."""

    def __init__(self, site: str, *, within_s: float, path: str = "") -> None:
        self._site, self._path = site.rstrip("/"), path
        # The site's answers go back as they are: no redirect is followed, no cookie is kept.
        self._client = httpx.AsyncClient(timeout=within_s, trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]  # The gate gives the whole body at once.
        try:
            request = httpx.Request(scope["method"], self._address(scope), headers=_headers(scope), content=body)
            reply = await self._client.send(request, stream=True)
        except httpx.HTTPError:
            await answer(send, HTTPStatus.BAD_GATEWAY, "The site did not answer. Nothing is known of this upload.")
            return
        try:
            headers = [(name, value) for name, value in reply.headers.raw if name.lower() not in _OF_ONE_CONNECTION]
            await send({"type": "http.response.start", "status": reply.status_code, "headers": headers})
            async for chunk in reply.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await reply.aclose()

    def _address(self, scope: Scope) -> str:
        query = scope["query_string"].decode("ascii")
        path = self._path or scope["raw_path"].decode("ascii")
        return f"{self._site}{path}{'?' if query else ''}{query}"


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    verdict: Verdict = scope[VERDICT]
    # A visitor may not tell the site what Leeward said.
    dropped = {*_OF_ONE_CONNECTION, ANSWER_HEADER}
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
    return [*headers, (ANSWER_HEADER, verdict.answer.encode())]


def front(site: str, *, held_path: str, within_s: float) -> App:
    """Return the application: every request is screened, whatever its path; nginx decides what comes here."""
    held: App = Forward(site, within_s=within_s, path=held_path) if held_path else try_later
    return ScreenUploads(Forward(site, within_s=within_s), Leeward.from_environment(), paths=("/",), held=held)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Screen uploads, then forward them to a site")
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument("--site", required=True, help="address of the site, such as http://127.0.0.1:8100")
    parser.add_argument("--held-path", default="", help="path of the site that keeps held uploads; none: answer 503")
    parser.add_argument("--site-within-s", type=float, default=30.0, help="time limit for the site, in seconds")
    options = parser.parse_args()
    application = front(options.site, held_path=options.held_path, within_s=options.site_within_s)
    uvicorn.run(application, host="127.0.0.1", port=options.port, lifespan="off", ws="none", access_log=False)


if __name__ == "__main__":
    main()
