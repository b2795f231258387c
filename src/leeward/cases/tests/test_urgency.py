"""What is most urgent comes first: by what it is, by who says it, and never put back by one more report."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leeward.cases import reactions
from leeward.cases.models import Evidence
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
    context_of("7")
    context_of("8", content=False)

    case = case_of(told(item_id="7"))

    assert [(piece.kind, piece.sealed.media_type) for piece in case.evidence.all()] == [("content", "image/jpeg")]
    assert not case_of(told(item_id="8")).evidence.exists()


@pytest.mark.django_db
def test_what_a_provider_adds_later_reaches_the_open_case_and_twice_is_once() -> None:
    context_of("another")
    case = case_of(told(Nature.FRAUD, item_id="7"))
    context = context_of("7", high_risk=True)

    for _ in range(2):
        reactions.take_context.call(context_uid=str(context.uid))

    case.refresh_from_db()
    assert [piece.kind for piece in case.evidence.all()] == [Evidence.Kind.CONTENT]
    assert (case.severity, case.priority, case.due_at) == (1, 0, AT + timedelta(hours=4))


@pytest.mark.django_db
def test_a_providers_note_of_high_risk_makes_a_new_case_urgent() -> None:
    context_of("7", high_risk=True)

    assert case_of(told(Nature.FRAUD, item_id="7")).severity == 1
    assert case_of(told(Nature.FRAUD, item_id="8")).severity == 2


def context_of(item_id: str, *, content: bool = True, high_risk: bool = False) -> Context:
    """Return what the harbour knows of one of its items."""
    harbour, _ = Organisation.objects.get_or_create(
        slug="harbour", defaults={"name": "Harbour", "kind": Organisation.Kind.PROVIDER}
    )
    photograph = blobs.seal(b"the photograph as it was", media_type="image/jpeg", at=AT) if content else None
    return Context.objects.create(
        provider=harbour,
        item_id=item_id,
        facts=blobs.seal(b"{}", media_type="application/json", at=AT),
        content=photograph,
        has_high_risk_notes=high_risk,
        added_at=AT,
    )


@pytest.mark.django_db
def test_a_picture_that_comes_with_a_later_message_is_evidence_of_the_case() -> None:
    report = told()
    case = case_of(report)
    blob = blobs.seal(b"a picture that came later", media_type="image/png", at=AT)
    Attachment.objects.create(report=report, blob=blob)

    for _ in range(2):
        reactions.take_said.call(report_uid=str(report.uid))

    assert [piece.kind for piece in case.evidence.all()] == [Evidence.Kind.ATTACHMENT]
