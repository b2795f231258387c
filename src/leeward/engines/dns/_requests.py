"""What a request of DNS over HTTPS asks (RFC 8484), in whichever version of HTTP it came."""

import base64
import binascii
import urllib.parse
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ._callers import TOKEN
from ._known import DOH_PATH
from ._message import MAX_TCP_OCTETS

MEDIA: Final = "application/dns-message"
_NO_TOKEN: Final = ""

type Headers = list[tuple[str, str]]


class BadRequest(ValueError):
    """The request is not one of RFC 8484. Answer it with `status`."""

    def __init__(self, status: HTTPStatus) -> None:
        """Keep the status."""
        super().__init__(f"{status.phrase}; see RFC 8484, section 4")
        self.status = status


@dataclass(slots=True)
class Request:
    """A request while it comes: its head, and what has arrived of its body."""

    method: str
    target: str
    kinds: list[str]  # The values of its `content-type` headers.
    body: bytearray

    def add(self, octets: bytes) -> None:
        """Take a piece of the body. Raises `BadRequest` when it is longer than any message."""
        self.body += octets
        if len(self.body) > MAX_TCP_OCTETS:
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def read(request: Request) -> tuple[bytes, str]:
    """Return the message and the token of the path. Raises `BadRequest`."""
    path, _, query = request.target.partition("?")
    token = _token(path)
    if request.method == "GET":
        return _of_text(query), token
    if request.method != "POST":
        raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED)
    if [kind.partition(";")[0].strip().lower() for kind in request.kinds] != [MEDIA]:
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return bytes(request.body), token


def headers(status: HTTPStatus, body: bytes) -> Headers:
    """Return the headers of a response."""
    # An answer is for one family and for a few seconds, so no cache on the way may keep it: the TTLs inside rule alone.
    found = [("content-length", str(len(body))), ("cache-control", "no-store")]
    if body:
        found.append(("content-type", MEDIA))
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        found.append(("allow", "GET, POST"))
    return found


def _token(path: str) -> str:
    """Return the token of a path: `/dns-query` has none, `/dns-query/<token>` has one."""
    path = path.rstrip("/").lower()
    if path == DOH_PATH:
        return _NO_TOKEN
    token = path.removeprefix(f"{DOH_PATH}/")
    if token == path or not TOKEN.fullmatch(token):
        raise BadRequest(HTTPStatus.NOT_FOUND)
    return token


def _of_text(query: str) -> bytes:
    """Return the message in the parameter `dns`: base64 for URLs without its filling, RFC 8484, 6."""
    try:
        texts = urllib.parse.parse_qs(query, max_num_fields=8).get("dns", [])
        if len(texts) == 1:
            return base64.b64decode(texts[0] + "=" * (-len(texts[0]) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        pass
    raise BadRequest(HTTPStatus.BAD_REQUEST)
