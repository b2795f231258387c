"""Each picture of a report gets a copy drawn anew, sealed like the original, which stays as it came."""

from __future__ import annotations

import dataclasses
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from PIL import Image

from leeward.core import antivirus, blobs, config
from leeward.core.models import Blob, Delivery
from leeward.reports import reactions
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Message, Report
from leeward.reports.tests.ana import AT, draft, drawn_picture
from tests.stage.settling import Settle

CANARY = b"canary of the original"


def reported(*pictures: bytes) -> Report:
    added = [reports.Picture(data, "image/png") for data in pictures]
    return reports.receive(dataclasses.replace(draft(), pictures=added), at=AT).report


def draw(report: Report) -> None:
    reactions.draw_copies.call(report_uid=str(report.uid))


def transparent_noise() -> bytes:
    """Return a picture whose copy is larger than any picture that is taken."""
    file = io.BytesIO()
    noise = Image.merge("RGBA", [Image.effect_noise((2000, 2000), 200 + number) for number in range(4)])
    noise.save(file, "PNG", compress_level=0)
    return file.getvalue()


@pytest.mark.django_db
def test_every_picture_gets_a_copy_and_keeps_its_original() -> None:
    report = reported(drawn_picture() + CANARY, drawn_picture())

    draw(report)

    first, _ = kept = list(report.attachments.order_by("pk"))
    assert [piece.shown is not None for piece in kept] == [True, True]
    assert first.shown is not None
    assert (first.shown.media_type, first.blob.media_type) == ("image/jpeg", "image/png")
    assert CANARY in blobs.unseal(first.blob)
    assert CANARY not in blobs.unseal(first.shown)


@pytest.mark.django_db
def test_the_loop_draws_them_and_a_report_without_a_picture_owes_nothing_of_it(settle: Settle) -> None:
    reported()
    report = reported(drawn_picture())
    owed = Delivery.objects.filter(task__endswith=".draw_copies").count()

    settle()

    assert owed == 1
    assert report.attachments.get().shown is not None


@pytest.mark.django_db
def test_a_second_time_draws_nothing_again() -> None:
    report = reported(drawn_picture())
    draw(report)
    before = Attachment.objects.values().get(), Blob.objects.count()

    draw(report)

    assert (Attachment.objects.values().get(), Blob.objects.count()) == before


@pytest.mark.django_db
def test_what_comes_later_with_a_message_is_drawn_too() -> None:
    report = reported(drawn_picture())
    draw(report)
    message = Message.objects.create(report=report, text="Here is another one.", at=AT, request_key=b"one")
    blob = blobs.seal(drawn_picture(), media_type="image/png", at=AT)
    later = Attachment.objects.create(report=report, message=message, blob=blob)

    draw(report)

    later.refresh_from_db()
    assert later.shown is not None
    assert Blob.objects.count() == 4


@pytest.mark.django_db
def test_a_file_that_cannot_be_drawn_stays_sealed_and_only_the_reason_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    report = reported(b"no picture but the words of a child", drawn_picture())

    draw(report)

    broken, whole = report.attachments.order_by("pk")
    assert (broken.shown, whole.shown is not None) == (None, True)
    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["error"]) == ("attachment not drawn", "not_a_picture")
    assert "child" not in caplog.text


@pytest.mark.django_db
def test_a_transparent_picture_has_a_transparent_copy_however_large() -> None:
    report = reported(transparent_noise())

    draw(report)

    shown = report.attachments.get().shown
    assert shown is not None
    assert shown.media_type == "image/png"
    assert Image.open(io.BytesIO(blobs.unseal(shown))).mode == "RGBA"


@pytest.mark.django_db
def test_what_was_found_harmful_is_not_drawn_even_where_nothing_scans_any_more() -> None:
    report = reported(drawn_picture())
    report.attachments.update(scan=Attachment.Scan.INFECTED)

    draw(report)

    assert Attachment.objects.get().shown is None


@pytest.mark.django_db
def test_while_the_scanner_is_away_nothing_is_drawn(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(
        current, intake=dataclasses.replace(current.intake, clamav="unix:/nowhere/clamd")
    )
    report = reported(drawn_picture())

    with pytest.raises(antivirus.ScannerAway):
        draw(report)

    attachment = Attachment.objects.get()
    assert (attachment.scan, attachment.shown) == ("", None)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_time_seal_one_copy() -> None:
    report, together = reported(drawn_picture()), threading.Barrier(4)

    def draw_too() -> None:
        try:
            together.wait(10)
            draw(report)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for drawing in [pool.submit(draw_too) for _ in range(4)]:
            drawing.result()
    connections.close_all()

    assert Blob.objects.count() == 2
    assert Attachment.objects.get().shown is not None


def test_the_words_of_the_scanner_are_the_words_of_the_row() -> None:
    assert {verdict.value for verdict in antivirus.Verdict} == set(Attachment.Scan.values)
