"""What reporters add goes through a real clamd: what is harmful is never opened, and while clamd is away nothing is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from leeward.core import antivirus, blobs, config
from leeward.core.antivirus import Verdict
from leeward.core.models import Delivery
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Reason
from leeward.reports.tests.ana import drawn_picture
from tests.stage import clamd
from tests.stage.settling import Settle

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
# The harmless text by which scanners are tried (eicar.org). It is put together here so that no scanner takes away this file.
EICAR = b"".join([rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-", b"ANTIVIRUS-TEST-", b"FILE!$H+H*"])


@pytest.fixture(scope="module")
def scanner() -> Iterator[clamd.Clamd]:
    """A clamd that finds the EICAR text and nothing else."""
    scanner = clamd.started(finds=EICAR)
    yield scanner
    scanner.close()


@pytest.fixture(params=["tcp", "unix"])
def way(request: pytest.FixtureRequest, scanner: clamd.Clamd, settings: Any) -> str:
    """Set up the scanner, once by TCP and once by its socket."""
    return set_up(settings, str(getattr(scanner, request.param)))


def set_up(settings: Any, place: str) -> str:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, intake=dataclasses.replace(current.intake, clamav=place))
    return place


def reported(*pictures: bytes) -> list[Attachment]:
    """Send a report with pictures, and return what is kept of them."""
    draft = reports.Draft(
        Reason.SCARES,
        Channel.FORM,
        page_url="https://bad.example/photos/7",
        pictures=[reports.Picture(data, "image/png") for data in pictures],
    )
    return list(reports.receive(draft, at=AT).report.attachments.order_by("pk"))


def states(attachments: list[Attachment]) -> list[tuple[str, bool]]:
    for attachment in attachments:
        attachment.refresh_from_db()
    return [(attachment.scan, attachment.shown is not None) for attachment in attachments]


@pytest.mark.usefixtures("way")
def test_clamd_tells_what_is_harmful_from_what_is_not() -> None:
    assert antivirus.scan(drawn_picture()) == Verdict.CLEAN
    assert antivirus.scan(EICAR) == Verdict.INFECTED
    assert antivirus.scan(drawn_picture() + EICAR) == Verdict.INFECTED
    assert antivirus.scan(bytes(200_000) + EICAR + bytes(200_000)) == Verdict.INFECTED
    assert antivirus.scan(b"") == Verdict.CLEAN


@pytest.mark.usefixtures("way")
def test_a_file_that_clamd_does_not_take_is_not_called_clean() -> None:
    with pytest.raises(antivirus.ScannerAway, match=r"StreamMaxLength|LEEWARD_CLAMAV"):
        antivirus.scan(bytes(clamd.STREAM_BYTES + 1))


@pytest.mark.django_db
@pytest.mark.usefixtures("way")
def test_a_harmful_picture_is_kept_sealed_and_never_drawn(settle: Settle) -> None:
    kept = reported(drawn_picture(), drawn_picture() + EICAR)

    settle()

    assert states(kept) == [("clean", True), ("infected", False)]
    assert blobs.unseal(kept[1].blob).endswith(EICAR)


@pytest.mark.django_db
def test_while_clamd_is_away_the_report_is_here_and_its_pictures_wait(
    scanner: clamd.Clamd, settings: Any, settle: Settle
) -> None:
    set_up(settings, scanner.tcp)
    assert scanner.process is not None
    scanner.process.kill()

    kept = reported(drawn_picture())
    settle(may_fail=("draw_copies",))
    meanwhile = states(kept)
    waiting = Delivery.objects.get(task__endswith=".draw_copies")
    scanner.start()
    settle()

    assert meanwhile == [("", False)]
    assert (waiting.state, waiting.last_error) == ("owed", "leeward.core.antivirus.ScannerAway")
    assert states(kept) == [("clean", True)]
