"""Screen every upload in front of any ASGI application: Starlette, FastAPI, Quart, Django, or your own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import upload_forms
from leeward_client import LIMIT_BYTES, Answer, Leeward, Verdict, gravest

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

VERDICT = "leeward.verdict"  # Under this name the applications find what Leeward said, in the scope.
_REWRITTEN = (b"content-type", b"content-length", b"transfer-encoding")


class _Refused(Exception):
    """The upload is not looked at: `status` and the sentence are the answer."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class _Gone(Exception):
    """Who uploads has hung up before the end."""


async def answer(send: Send, status: HTTPStatus, problem: str) -> None:
    """Answer with JSON, so that a script on the page can say what happened."""
    body = json.dumps({"error": problem}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def try_later(scope: Scope, receive: Receive, send: Send) -> None:
    """Keep nothing of an upload that is held, and ask its author to come back."""
    await answer(send, HTTPStatus.SERVICE_UNAVAILABLE, "This could not be checked. Try again later.")


class ScreenUploads:
    """Let a request to `paths` reach `app` only when Leeward says that all its files are clear.

    `held` answers in place of the application what is held or suspect. `paths` are beginnings of paths, as `app` sees them.
    """

    def __init__(self, app: App, leeward: Leeward, *, paths: tuple[str, ...], held: App = try_later) -> None:
        self._app, self._leeward, self._paths, self._held = app, leeward, paths, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._paths):
            await self._app(scope, receive, send)
            return
        try:
            upload = await read_upload(scope, receive)
        except _Refused as refused:
            await answer(send, refused.status, str(refused))
        except _Gone:
            return
        else:
            await self._judge(upload, scope, receive, send)

    async def _judge(self, upload: upload_forms.Upload, scope: Scope, receive: Receive, send: Send) -> None:
        verdicts: list[Verdict] = [await self._leeward.ask_async(file) for file in upload.files]
        verdict = gravest(verdicts)
        if verdict.answer is Answer.KNOWN:
            await answer(send, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, "This is known to harm.")
            return
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _REWRITTEN]
        headers.append((b"content-length", str(len(upload.body)).encode()))
        headers.append((b"content-type", upload.content_type.encode("latin-1")))
        app = self._app if verdict.is_clear else self._held
        await app({**scope, "headers": headers, VERDICT: verdict}, _again(upload.body, receive), send)


async def read_upload(scope: Scope, receive: Receive) -> upload_forms.Upload:
    """Read the whole body, at most LIMIT_BYTES, and take it apart."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LIMIT_BYTES:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {LIMIT_BYTES} bytes.")
    # Only now: whoever is refused before the end of the body may lose the answer with the connection.
    if b"content-encoding" in headers:
        raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the upload as it is, without Content-Encoding.")
    try:
        return upload_forms.read(headers.get(b"content-type", ""), bytes(body))
    except upload_forms.FormUnreadable as problem:
        raise _Refused(HTTPStatus.BAD_REQUEST, str(problem)) from None


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the application the body that was screened, and after it whatever else comes."""
    waiting = [body]

    async def receive_again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receive_again
