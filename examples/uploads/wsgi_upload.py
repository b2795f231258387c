"""Screen every upload in front of any WSGI application: Flask, Bottle, Pyramid, Django, or your own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import upload_forms
from leeward_client import LIMIT_BYTES, Answer, Leeward, gravest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VERDICT = "leeward.verdict"  # Under this name the applications find what Leeward said.


def answer(start_response: StartResponse, status: HTTPStatus, problem: str) -> Iterable[bytes]:
    """Answer with JSON, so that a script on the page can say what happened."""
    body = json.dumps({"error": problem}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def try_later(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Keep nothing of an upload that is held, and ask its author to come back."""
    return answer(start_response, HTTPStatus.SERVICE_UNAVAILABLE, "This could not be checked. Try again later.")


class ScreenUploads:
    """Let a request to `paths` reach `app` only when Leeward says that all its files are clear.

    `held` answers in place of the application what is held or suspect. `paths` are beginnings of paths, as `app` sees them.
    """

    def __init__(
        self, app: WSGIApplication, leeward: Leeward, *, paths: tuple[str, ...], held: WSGIApplication = try_later
    ) -> None:
        self._app, self._leeward, self._paths, self._held = app, leeward, paths, held

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(self._paths):
            return self._app(environ, start_response)
        if "HTTP_TRANSFER_ENCODING" in environ or "HTTP_CONTENT_ENCODING" in environ:
            return answer(start_response, HTTPStatus.LENGTH_REQUIRED, "Send the upload as it is, with Content-Length.")
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > LIMIT_BYTES:
            return answer(start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {LIMIT_BYTES} bytes.")
        body = environ["wsgi.input"].read(int(length))
        if len(body) != int(length):
            return answer(start_response, HTTPStatus.BAD_REQUEST, "The upload was cut off. Send it again.")
        try:
            upload = upload_forms.read(environ.get("CONTENT_TYPE", ""), body)
        except upload_forms.FormUnreadable as problem:
            return answer(start_response, HTTPStatus.BAD_REQUEST, str(problem))
        return self._judge(upload, environ, start_response)

    def _judge(
        self, upload: upload_forms.Upload, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        verdict = gravest(self._leeward.ask(file) for file in upload.files)
        if verdict.answer is Answer.KNOWN:
            return answer(start_response, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, "This is known to harm.")
        environ[VERDICT] = verdict
        environ["wsgi.input"] = io.BytesIO(upload.body)
        environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"] = upload.content_type, str(len(upload.body))
        app = self._app if verdict.is_clear else self._held
        return app(environ, start_response)
