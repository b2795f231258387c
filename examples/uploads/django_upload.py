"""Screen uploads in Django: a handler that asks while the form is read, and a storage through which nothing else gets.

    # settings.py. The environment has LEEWARD_URL and LEEWARD_API_KEY.
    FILE_UPLOAD_HANDLERS = ["django_upload.ScreeningUploadHandler"]
    STORAGES = {
        "default": {
            "BACKEND": "django_upload.ScreenedStorage",
            # Outside MEDIA_ROOT, and your web server must not serve it.
            "OPTIONS": {"held_root": "/srv/site/held"},
        },
        ...
    }

The storage is the gate: it asks about every file that was not asked about yet, such as a thumbnail that you made. The
handler lets a view say what happened before it saves: `request.FILES["file"].verdict`.
"""

from __future__ import annotations

import functools
import io
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from leeward_client import LIMIT_BYTES, Answer, Leeward, Verdict

HELD = "held"  # The first part of the name of every held file.


class KnownToHarm(PermissionDenied):
    """The file is known to harm and was not stored. Answer 451, or leave it to Django, which answers 403."""


class StillHeld(ValueError):
    """The file is held, so it has no public address. Show a placeholder; in a template the address is just empty."""

    silent_variable_failure = True


@functools.cache
def leeward() -> Leeward:
    """Return the Leeward of this process."""
    return Leeward.from_environment()


class ScreenedUpload(InMemoryUploadedFile):
    """An uploaded file with what Leeward said of it."""

    verdict: Verdict


class ScreeningUploadHandler(FileUploadHandler):
    """Ask Leeward as soon as a file of a form is complete. Files of more than LIMIT_BYTES are refused with 400."""

    def new_file(self, *about: Any, **more: Any) -> None:  # Django's own signature, which grows now and then.
        super().new_file(*about, **more)
        self._data = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._data += raw_data
        if len(self._data) > LIMIT_BYTES:
            raise RequestDataTooBig(f"A file has more than {LIMIT_BYTES} bytes; send a smaller one.")

    def file_complete(self, file_size: int) -> ScreenedUpload:
        data = bytes(self._data)
        file = ScreenedUpload(
            io.BytesIO(data), self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
        file.verdict = leeward().ask(data)
        return file


class ScreenedStorage(FileSystemStorage):
    """Store clear files as Django does, held ones in the folder `held_root`, and known ones not at all."""

    def __init__(self, *, held_root: str, location: str | None = None, base_url: str | None = None) -> None:
        super().__init__(location=location, base_url=base_url)
        self._held = FileSystemStorage(location=held_root)

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Store a file and return its name, which begins with `held/` for a held one. Raises KnownToHarm."""
        verdict = content.verdict if isinstance(content, ScreenedUpload) else leeward().ask(_bytes(content))
        if verdict.answer is Answer.KNOWN:
            raise KnownToHarm
        if verdict.is_clear:
            return super().save(name, content, max_length)
        short = None if max_length is None else max_length - len(f"{HELD}/")
        return str(PurePosixPath(HELD, self._held.save(name, content, short)))

    def path(self, name: str) -> str:
        return self._held.path(_own_name(name)) if is_held(name) else super().path(name)

    def url(self, name: str | None) -> str:
        if name and is_held(name):
            raise StillHeld("this file is held")
        return super().url(name)

    def ask_again(self, name: str) -> str:
        """Ask about a held file again, and return its name from now on: another one where it may be published now.

        Raises KnownToHarm where it became known; it then stays where it is, for you to decide. Call this from a job.
        """
        with self.open(name) as file:
            data = _bytes(file)
        verdict = leeward().ask(data)
        if verdict.answer is Answer.KNOWN:
            raise KnownToHarm
        if not verdict.is_clear:
            return name
        public = super().save(_own_name(name), File(io.BytesIO(data)))
        self.delete(name)
        return public


def is_held(name: str) -> bool:
    """Say whether a stored name is that of a held file."""
    return PurePosixPath(name).parts[:1] == (HELD,)


def _own_name(name: str) -> str:
    return str(PurePosixPath(name).relative_to(HELD))


def _bytes(content: IO[Any]) -> bytes:
    content.seek(0)
    data = content.read()
    content.seek(0)
    return data if isinstance(data, bytes) else data.encode()
