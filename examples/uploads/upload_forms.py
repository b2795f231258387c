"""Take an upload apart: the body itself, or the parts of a form (multipart/form-data, RFC 7578).

It is strict on purpose. If two programs read one form differently, somebody can show a harmless file to the one that
screens and another file to the one that stores. So a form that is in any way unusual is refused, and what goes on to the
site is a form that is written anew from the parts that were screened.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

PARTS_MOST = 100
_FORM = re.compile(r'multipart/form-data; ?boundary=("?)([0-9A-Za-z\'()+_,./:=?-]{1,70})\1', re.IGNORECASE)
_HEADER = re.compile(r"(content-disposition|content-type|content-length): ?([^\0\r\n]*)", re.IGNORECASE)
_QUOTED = r'"((?:[^"\\\0-\x1f\x7f]|\\["\\])*)"'
_DISPOSITION = re.compile(rf"form-data; ?name={_QUOTED}(?:; ?filename={_QUOTED})?", re.IGNORECASE)


class FormUnreadable(ValueError):
    """The body is not a form as browsers send it, so nobody can be sure what is in it: answer 400 and store nothing."""


@dataclass(frozen=True)
class Part:
    """One part of a form, or a body that is no form, which has no field."""

    field: str
    filename: str | None
    media_type: str
    data: bytes

    @property
    def is_file(self) -> bool:
        """Say whether this must be screened: everything but plain text fields and file fields that were left empty."""
        if self.filename is None:
            return self.media_type.partition(";")[0].strip().lower() not in ("", "text/plain")
        return bool(self.filename or self.data)


@dataclass(frozen=True)
class Upload:
    """The parts of one upload, and the body and Content-Type with which it may go on."""

    parts: tuple[Part, ...]
    content_type: str
    body: bytes

    @property
    def files(self) -> tuple[bytes, ...]:
        return tuple(part.data for part in self.parts if part.is_file)


def read(content_type: str, body: bytes) -> Upload:
    """Take the body of a request apart. Raises FormUnreadable."""
    if not content_type.lower().lstrip().startswith("multipart/"):
        return Upload((Part("", "", content_type, body),) if body else (), content_type, body)
    parts = tuple(_parts(content_type, body))
    boundary = secrets.token_hex(16)  # Nobody could know it before, so no file holds it.
    written = b"".join(_written(part, boundary) for part in parts) + f"--{boundary}--\r\n".encode()
    return Upload(parts, f"multipart/form-data; boundary={boundary}", written)


def _parts(content_type: str, body: bytes) -> list[Part]:
    form = _FORM.fullmatch(content_type.strip())
    if form is None:
        raise FormUnreadable("send multipart/form-data with one boundary")
    first, *middle = (b"\r\n" + body).split(f"\r\n--{form[2]}".encode(), PARTS_MOST + 2)
    if first or not middle or middle.pop() not in (b"--", b"--\r\n"):
        raise FormUnreadable(f"send a form that begins and ends with its boundary and has at most {PARTS_MOST} parts")
    return [_part(chunk) for chunk in middle]


def _part(chunk: bytes) -> Part:
    head, blank, data = chunk.partition(b"\r\n\r\n")
    if not blank or not head.startswith(b"\r\n"):
        raise FormUnreadable("send each part with headers, an empty line and its content")
    headers: dict[str, str] = {}
    for line in head[2:].decode("utf-8", "surrogateescape").split("\r\n"):
        header = _HEADER.fullmatch(line)
        if header is None or header[1].lower() in headers:
            raise FormUnreadable("send each part with Content-Disposition and Content-Type only, each once")
        headers[header[1].lower()] = header[2].strip()
    disposition = _DISPOSITION.fullmatch(headers.get("content-disposition", ""))
    if disposition is None:
        raise FormUnreadable('send each part with: Content-Disposition: form-data; name="..."; filename="..."')
    return Part(disposition[1], disposition[2], headers.get("content-type", ""), data)


def _written(part: Part, boundary: str) -> bytes:
    name = "" if part.filename is None else f'; filename="{part.filename}"'
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{part.field}"{name}']
    if part.media_type:
        lines.append(f"Content-Type: {part.media_type}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + part.data + b"\r\n"
