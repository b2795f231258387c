"""Screen uploads in FastAPI or Starlette: a dependency that gives a route its files, each with what Leeward said.

In FastAPI: `async def upload(files: Annotated[list[ScreenedFile], Depends(ScreenedFiles(leeward))])`.
In Starlette: `files = await ScreenedFiles(leeward)(request)`. It needs no further package to read forms.
"""

from dataclasses import dataclass

import upload_forms
from leeward_client import LIMIT_BYTES, Answer, Leeward, Verdict
from starlette.exceptions import HTTPException
from starlette.requests import Request


@dataclass(frozen=True)
class ScreenedFile:
    """One file of the request. Publish it only where `verdict.is_clear`; otherwise keep it where nobody can see it."""

    field: str
    filename: str
    data: bytes
    verdict: Verdict


class ScreenedFiles:
    """Return the files of a request, none of them known to harm. Raises HTTPException 400, 413, 415 or 451."""

    def __init__(self, leeward: Leeward) -> None:
        self._leeward = leeward

    async def __call__(self, request: Request) -> list[ScreenedFile]:
        if "content-encoding" in request.headers:
            raise HTTPException(415, "Send the upload as it is, without Content-Encoding.")
        body = await _body(request)
        try:
            upload = upload_forms.read(request.headers.get("content-type", ""), body)
        except upload_forms.FormUnreadable as problem:
            raise HTTPException(400, str(problem)) from None
        files = [await self._screened(part) for part in upload.parts if part.is_file]
        if any(file.verdict.answer is Answer.KNOWN for file in files):
            raise HTTPException(451, "This is known to harm.")
        return files

    async def _screened(self, part: upload_forms.Part) -> ScreenedFile:
        verdict = await self._leeward.ask_async(part.data)
        return ScreenedFile(part.field, part.filename or "", part.data, verdict)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT_BYTES:
            raise HTTPException(413, f"Send at most {LIMIT_BYTES} bytes.")
    return bytes(body)
