"""What is most urgent comes first: by what it is, by who says it, and never put back by one more report."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leeward.cases.models import Case, Evidence
from leeward.cases.tests.desk import AT, PAGE, case_of
from leeward.core import blobs
from leeward.core.models import Organisation
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Context, Misuse, Nature, Reason, Report
from leeward.reports.reputation import DOUBTED_FROM, place

NETWORK = "192.0.2.0/24"


def told(
    nature: Nature | None = None,
    *,
    channel: Channel = Channel.BUTTON,
    network: str = "",
    item_id: str = "",
    picture: reports.Picture | None = None,
) -> Report:
    """Return a report of one nature that was received."""
    draft = reports.Draft(
        Reason.NOT_ALLOWED,
        channel,
        nature=nature,
        page_url=PAGE,
        item=reports.Item("harbour", item_id) if item_id else None,
        pictures=[picture] if picture else [],
        network=network,
    )
    return reports.receive(draft, at=AT).report


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("nature", "severity", "hours"),
    [
        (None, 2, 24),
        (Nature.FRAUD, 2, 24),
        (Nature.SEXUAL_CHILD, 1, 4),
        (Nature.SELF_HARM, 1, 4),
        (Nature.SOLICITATION, 0, 1),
        (Nature.SEXTORTION, 0, 1),
    ],
)
def test_what_it_is_decides_how_soon_human_eyes_see_it(nature: Nature | None, severity: int, hours: int) -> None:
    case = case_of(told(nature))

    assert (case.severity, case.due_at) == (severity, AT + timedelta(hours=hours))


@pytest.mark.django_db
def test_one_more_report_hastens_a_case_and_never_puts_it_back() -> None:
    slow = case_of(told(Nature.FRAUD))

    hastened = case_of(told(Nature.SOLICITATION))
    after = case_of(told(Nature.FRAUD))

    assert slow == hastened == after
    assert (after.severity, after.due_at) == (0, AT + timedelta(hours=1))


@pytest.mark.django_db
def test_a_trusted_flagger_comes_first_and_stays_first_when_others_join() -> None:
    first = case_of(told(channel=Channel.FLAGGER))

    assert first.priority == 1
    assert case_of(told()).priority == 1


@pytest.mark.django_db
def test_a_place_that_misused_the_button_comes_last_until_somebody_else_reports_it_too() -> None:
    Misuse.objects.create(place=place(NETWORK, at=AT), count=DOUBTED_FROM, at=AT)

    assert case_of(told(network=NETWORK)).priority == -1
    assert case_of(told()).priority == 0


@pytest.mark.django_db
def test_a_capture_of_the_page_is_told_from_a_picture_that_somebody_chose() -> None:
    capture = reports.Picture(b"the bytes of a page", "image/png", Attachment.Kind.CAPTURE)

    case = case_of(told(picture=capture))

    assert [piece.kind for piece in case.evidence.all()] == [Evidence.Kind.CAPTURE]


@pytest.mark.django_db
def test_the_content_that_a_provider_sealed_before_is_evidence_of_the_case() -> None:
    harbour, _ = Organisation.objects.get_or_create(
        slug="harbour", defaults={"name": "Harbour", "kind": Organisation.Kind.PROVIDER}
    )
    facts = blobs.seal(b"{}", media_type="application/json", at=AT)
    content = blobs.seal(b"the photograph as it was", media_type="image/jpeg", at=AT)
    Context.objects.create(provider=harbour, item_id="7", facts=facts, content=content, added_at=AT)
    Context.objects.create(provider=harbour, item_id="8", facts=facts, content=None, added_at=AT)

    case = case_of(told(item_id="7"))

    assert [(piece.kind, piece.blob.media_type) for piece in case.evidence.all()] == [("content", "image/jpeg")]
    assert not Case.objects.get(reports__report=told_about_another()).evidence.exists()


def told_about_another() -> Report:
    report = told(item_id="8")
    case_of(report)
    return report
