"""A FastAPI site with the dependency. Start it as plain_site.py, with LEEWARD_URL and LEEWARD_API_KEY set."""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from fastapi_upload import ScreenedFile, ScreenedFiles
from leeward_client import Leeward
from plain_site import HELD, PUBLISHED, options, serve, store


def site(data_dir: Path, leeward: Leeward) -> FastAPI:
    """Return a site with one route that takes files."""
    app = FastAPI()
    screened = ScreenedFiles(leeward)

    @app.post("/upload", status_code=201)
    async def upload(files: Annotated[list[ScreenedFile], Depends(screened)], response: Response) -> dict[str, str]:
        is_clear = all(file.verdict.is_clear for file in files)
        folder = PUBLISHED if is_clear else HELD
        for file in files:
            store(data_dir / folder, file.data)
        if not is_clear:
            response.status_code = 202
        return {"state": folder}

    return app


if __name__ == "__main__":
    chosen = options("A FastAPI site")
    serve(site(chosen.data, Leeward.from_environment()), port=chosen.port)
