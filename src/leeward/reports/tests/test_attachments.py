"""A picture that a reporter adds is sealed; a file that is no picture gets a kind sentence beside the field."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from leeward.core import blobs
from leeward.core.models import Blob
from leeward.reports.forms import PICTURE_BYTES
from leeward.reports.models import Attachment, Report
from leeward.reports.tests.ana import drawn_picture, form, stored
from tests.stage import disk

CANARY = b"canary-of-the-sealed-picture"


def picture_with_canary() -> bytes:
    """Return a picture with words behind its end, which every decoder leaves alone."""
    return drawn_picture() + CANARY


def attached(data: bytes, *, name: str = "page.png", media_type: str = "image/png") -> dict[str, object]:
    return form(picture=SimpleUploadedFile(name, data, content_type=media_type))


def everything_on_disk() -> bytes:
    """Return the database with its journal, and every sealed file."""
    database = Path(str(connection.settings_dict["NAME"]))
    blob_folder = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    files = [*database.parent.glob(f"{database.name}*"), *(path for path in blob_folder.rglob("*") if path.is_file())]
    assert database in files
    return disk.octets(files)


@pytest.mark.django_db(transaction=True)
def test_neither_the_database_nor_the_blob_folder_shows_a_byte_of_the_picture(client: Client) -> None:
    data = picture_with_canary()

    answer = client.post("/report/", attached(data) | {"words": "words of the reporter"})

    assert answer.status_code == 201
    on_disk = everything_on_disk()
    assert Report.objects.get().uid.hex.encode() in on_disk  # So the place that is searched is the right one.
    assert b"words of the reporter" not in on_disk
    assert CANARY not in on_disk
    assert data[:64] not in on_disk
    assert blobs.unseal(Attachment.objects.get().blob) == data


@pytest.mark.django_db
def test_the_blob_says_what_it_is_and_how_large(client: Client) -> None:
    data = drawn_picture()

    client.post("/report/", attached(data))

    blob = Attachment.objects.get().blob
    assert (blob.media_type, blob.size_bytes) == ("image/png", len(data))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        drawn_picture()[:900],
        b"%PDF-1.7 these are words",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + bytes(200),
    ],
    ids=["truncated", "document", "svg", "archive"],
)
def test_what_is_no_picture_gets_a_kind_sentence_and_nothing_is_stored(client: Client, data: bytes) -> None:
    answer = client.post("/report/", attached(data))

    assert answer.status_code == 422
    [sentence] = answer.context["form"].errors["picture"]
    assert sentence == "We cannot open this file. Choose a picture, or leave it out."
    assert sentence in answer.content.decode()
    assert stored() == Blob.objects.count() == 0


@pytest.mark.django_db
def test_an_empty_file_is_refused_beside_the_field(client: Client) -> None:
    answer = client.post("/report/", attached(b""))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["picture"]


@pytest.mark.django_db
def test_a_picture_that_is_too_big_gets_a_kind_sentence(client: Client) -> None:
    answer = client.post("/report/", attached(drawn_picture() + bytes(PICTURE_BYTES)))

    assert answer.status_code == 422
    assert "too big" in answer.context["form"].errors["picture"][0]
    assert stored() == 0


@pytest.mark.django_db
def test_a_report_that_is_refused_seals_nothing(client: Client) -> None:
    answer = client.post("/report/", attached(drawn_picture()) | {"page_url": "http://127.0.0.1/"})

    assert answer.status_code == 422
    assert Blob.objects.count() == 0
