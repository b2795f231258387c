"""A Django site with the handler and the storage. Start it as plain_site.py, with LEEWARD_URL and LEEWARD_API_KEY set."""

from __future__ import annotations

from pathlib import Path
from wsgiref.simple_server import make_server

import django_upload
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from plain_site import HELD, PUBLISHED, options
from wsgi_site import Quiet, Threads


@csrf_exempt  # The example has no sessions. A real form keeps Django's protection.
def upload(request: HttpRequest) -> JsonResponse:
    """Store the file of a form."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return JsonResponse({"error": "Send one file, in the field named file."}, status=400)
    try:
        name = default_storage.save(f"uploads/{file.name}", file)
    except django_upload.KnownToHarm:
        return JsonResponse({"error": "This is known to harm."}, status=451)
    if django_upload.is_held(name):
        return JsonResponse({"state": "held"}, status=202)
    return JsonResponse({"state": "published", "url": default_storage.url(name)}, status=201)


urlpatterns = [path("upload", upload)]


def configure(data_dir: Path) -> None:
    """Set what a site's settings.py would set."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MEDIA_ROOT=data_dir / PUBLISHED,
        MEDIA_URL="/media/",
        FILE_UPLOAD_HANDLERS=["django_upload.ScreeningUploadHandler"],
        STORAGES={
            "default": {"BACKEND": "django_upload.ScreenedStorage", "OPTIONS": {"held_root": str(data_dir / HELD)}}
        },
    )


if __name__ == "__main__":
    chosen = options("A Django site")
    configure(chosen.data)
    make_server(
        "127.0.0.1", chosen.port, get_wsgi_application(), server_class=Threads, handler_class=Quiet
    ).serve_forever()
