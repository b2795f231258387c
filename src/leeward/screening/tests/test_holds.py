"""What could not be judged waits for a person, once, and the provider is told how that ended."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.core.models import Delivery, Endpoint, Organisation, Record, User
from leeward.reports import services as reports
from leeward.reports.models import Outcome, Report
from leeward.screening import holds, reactions
from leeward.screening import services as screening
from leeward.screening.models import Answer, Hold, Rule
from leeward.screening.tests.uploads import AT, DOCUMENT, digest_of, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
PICTURE = encoded(waves(1))


def held(harbour: Organisation, data: bytes = DOCUMENT) -> Hold:
    screened = screening.screen(data, asked_by=harbour, item_id="upload-1", at=AT)
    return Hold.objects.get(uid=screened.hold)


def test_a_file_that_cannot_be_judged_waits_once_however_often_it_is_asked_about(harbour: Organisation) -> None:
    first, again = held(harbour), held(harbour)

    assert first == again
    assert (first.state, first.reason, first.item_id) == (Hold.State.HELD, "not_a_picture", "upload-1")
    assert Record.objects.filter(kind="screening.UploadHeld").count() == 1


def test_a_released_file_is_clear_from_then_on_and_only_that_file(harbour: Organisation, cem: User) -> None:
    holds.release(held(harbour), by=cem, at=AT)

    assert screening.screen(DOCUMENT, asked_by=harbour, item_id="upload-1", at=AT).answer == Answer.CLEAR
    assert screening.screen(DOCUMENT + b".", asked_by=harbour, item_id="upload-2", at=AT).answer == Answer.HELD


def test_a_released_file_that_becomes_known_is_known(harbour: Organisation, cem: User) -> None:
    holds.release(held(harbour), by=cem, at=AT)
    published(digest_of(DOCUMENT))

    assert screening.screen(DOCUMENT, asked_by=harbour, item_id="upload-1", at=AT).answer == Answer.KNOWN


def test_a_release_for_one_provider_says_nothing_for_another(harbour: Organisation, cem: User) -> None:
    holds.release(held(harbour), by=cem, at=AT)
    other = Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER)

    assert screening.screen(DOCUMENT, asked_by=other, item_id="upload-1", at=AT).answer == Answer.HELD


def test_a_hold_ends_once(harbour: Organisation, cem: User, dan: User) -> None:
    hold = held(harbour)
    holds.refuse(hold, by=cem, at=AT)

    with pytest.raises(holds.EndedAlready):
        holds.release(hold, by=dan, at=AT)

    hold.refresh_from_db()
    assert (hold.state, hold.ended_by) == (Hold.State.REFUSED, cem)


def test_who_has_no_role_ends_no_hold(harbour: Organisation, eve: User, olga: User) -> None:
    hold = held(harbour)

    for person in (eve, olga):
        with pytest.raises(holds.NotForThisPerson):
            holds.release(hold, by=person, at=AT)


def test_beyond_the_limit_uploads_are_held_without_a_row(
    harbour: Organisation, settings: pytest.FixtureRequest
) -> None:
    import dataclasses

    from leeward.core import config

    current = config.current()
    settings.LEEWARD = dataclasses.replace(  # type: ignore[attr-defined]  # pytest-django's settings
        current, screening=dataclasses.replace(current.screening, holds_max=1)
    )
    held(harbour)

    screened = screening.screen(b"other bytes", asked_by=harbour, item_id="upload-2", at=AT)

    assert (screened.answer, screened.hold) == (Answer.HELD, "")
    assert Hold.objects.count() == 1


def test_the_providers_systems_are_each_owed_the_end_of_a_hold(harbour: Organisation, cem: User) -> None:
    Endpoint.objects.create(organisation=harbour, url="http://127.0.0.1:9/", is_open=True)
    hold = held(harbour)
    holds.release(hold, by=cem, at=AT)

    reactions.tell_provider.call(hold_uid=str(hold.uid))

    owed = Delivery.objects.filter(task__endswith="send_end")
    assert [delivery.arguments["hold_uid"] for delivery in owed] == [str(hold.uid)]


@pytest.mark.parametrize(
    ("outcome", "state"), [(Outcome.Kind.KEPT, Hold.State.RELEASED), (Outcome.Kind.REMOVED, Hold.State.REFUSED)]
)
def test_what_the_desk_decides_about_a_suspect_upload_ends_its_hold(
    harbour: Organisation, outcome: Outcome.Kind, state: Hold.State
) -> None:
    published(look_of(PICTURE))
    Rule.objects.create(order=1, answer=Answer.SUSPECT)
    hold = held(harbour, PICTURE)
    report = Report.objects.get(uid=str(hold.report_uid))
    assert report.known_as == ""

    reports.tell(report, kind=outcome, decision="decision", at=AT)
    reactions.settle_hold.call(report_uid=str(report.uid), outcome=outcome)
    reactions.settle_hold.call(report_uid=str(report.uid), outcome=outcome)

    hold.refresh_from_db()
    assert hold.state == state
    assert Record.objects.filter(kind="screening.HoldEnded").count() == 1


def test_a_provider_can_ask_how_its_own_hold_stands_and_no_other(
    machine: Client, harbour: Organisation, cem: User
) -> None:
    hold = held(harbour)
    other = Hold.objects.create(
        organisation=Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER),
        sha256="0" * 64,
        answer=Answer.HELD,
        reason="truncated",
        held_at=AT,
    )
    holds.release(hold, by=cem, at=AT)

    assert machine.get(f"/api/v1/screen/holds/{hold.uid}").json()["state"] == "released"
    assert machine.get(f"/api/v1/screen/holds/{other.uid}").status_code == 404
