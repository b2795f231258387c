"""Withdrawals are proven to arrive: partners confirm them here, late ones are shown, and we confirm theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leeward.core.models import ApiKey, Membership, Organisation, Role, User
from leeward.engines.stix import taxii
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.receipts import probes as receipt_probes
from leeward.exchange.receipts import services as receipts
from leeward.exchange.receipts.models import Receipt
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import shelving
from leeward.exchange.shelf.models import Version
from leeward.exchange.tests.conftest import AT, COLLECTION, digest, make_partner, published, revoke
from leeward.indicators.models import Tlp

pytestmark = pytest.mark.django_db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
DOOR = COLLECTION + "receipts/"


@pytest.fixture(autouse=True)
def everything_is_shared(db: None) -> None:
    """Let every partner see what may travel."""
    sharing.share_everything(at=AT)


@pytest.fixture
def dan(dans_key: str) -> Partner:
    """Dan's hotline."""
    return Partner.objects.get(organisation__slug="dans-hotline")


def withdrawn(*numbers: int, tlp: Tlp = Tlp.AMBER, wait: timedelta = SECOND) -> list[Version]:
    """Publish and withdraw signs and return the withdrawals."""
    for number in numbers:
        published(digest(number), source=f"decision:{number}", tlp=tlp)
        revoke(f"decision:{number}", at=AT + wait)
    shelving.catch_up()
    return list(Version.objects.filter(is_revoked=True).order_by("place"))


def told(withdrawal: Version, **changes: str) -> dict[str, str]:
    """Return a receipt as a partner writes it."""
    return {"id": withdrawal.object_id, "version": taxii.timestamp(withdrawal.version_at)} | changes


def post(client: Client, sent: Any, content_type: str = "application/json") -> Any:
    """Send receipts and return the answer."""
    return client.post(DOOR, json.dumps(sent), content_type=content_type)


def test_a_partner_confirms_a_withdrawal_and_a_second_time_changes_nothing(dan: Partner, dans_client: Client) -> None:
    (version,) = withdrawn(1)

    answers = [post(dans_client, [told(version)]) for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"taken": 1, "failures": []}] * 2
    assert list(Receipt.objects.values_list("version", "partner")) == [(version.pk, dan.pk)]


def test_the_first_confirmation_is_the_one_that_counts(dan: Partner) -> None:
    (version,) = withdrawn(1)
    first = receipts.acknowledge(dan, version.object_id, version.version_at, at=AT + HOUR)

    again = receipts.acknowledge(dan, version.object_id, version.version_at, at=AT + 2 * HOUR)

    assert again == first
    assert again.at == AT + HOUR


def test_bad_receipts_are_named_and_the_others_are_taken(dans_client: Client) -> None:
    first, second = withdrawn(1, 2)
    bad = [
        told(first, version="2026-11-21T10:00:00.000Z"),  # When it was published, and not when it was taken back.
        told(first, id="indicator--00000000-0000-4000-8000-000000000000"),
        told(first, version="yesterday"),
        {"id": first.object_id},
        [first.object_id],
        told(first, id="x" * 10_000),
        told(first, id="indicator\0"),
        None,
    ]

    answer = post(dans_client, [told(first), *bad, told(second)]).json()

    assert answer["taken"] == 2
    assert [failure["index"] for failure in answer["failures"]] == list(range(1, 9))
    assert Receipt.objects.count() == 2


def test_what_a_partner_may_not_see_is_answered_like_what_does_not_exist(dan: Partner, dans_client: Client) -> None:
    (version,) = withdrawn(1)
    Partner.objects.filter(pk=dan.pk).update(created_at=AT + HOUR)
    sharing.end_rule(sharing.in_force()[0], by=User.objects.create(username="olga"), at=AT + SECOND)
    dan.refresh_from_db()

    hidden = post(dans_client, [told(version)]).json()
    missing = post(dans_client, [told(version, id="indicator--00000000-0000-4000-8000-000000000000")]).json()

    assert hidden == missing
    assert hidden["taken"] == 0
    with pytest.raises(receipts.NoSuchWithdrawal):
        receipts.acknowledge(dan, version.object_id, version.version_at, at=AT)


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"{}", 400), (b"[" * 100_000, 400), (b"[1]" * 2, 400)])
def test_a_body_that_is_no_list_is_refused(dans_client: Client, body: bytes, status: int) -> None:
    answer = dans_client.post(DOOR, body, content_type="application/json")

    assert answer.status_code == status
    assert answer.json()["http_status"] == str(status)


def test_too_many_at_once_and_a_wrong_media_type_are_refused(dans_client: Client) -> None:
    assert post(dans_client, [{}] * (receipts.ITEMS_MAX + 1)).status_code == 413
    assert post(dans_client, [], content_type="text/plain").status_code == 415
    assert dans_client.get(DOOR).status_code == 405


def test_eve_and_a_suspended_partner_confirm_nothing(dan: Partner, dans_client: Client, eves_client: Client) -> None:
    (version,) = withdrawn(1)
    partners.suspend(dan, by=User.objects.create(username="olga"), at=AT)

    assert post(eves_client, [told(version)]).status_code == 401
    assert post(dans_client, [told(version)]).status_code == 403
    assert not Receipt.objects.exists()


def test_a_withdrawal_without_a_receipt_is_unacknowledged_after_its_time(dan: Partner) -> None:
    first, second = withdrawn(1, 2)
    receipts.acknowledge(dan, first.object_id, first.version_at, at=AT + HOUR)

    early = receipts.unacknowledged(older_than=HOUR, at=second.added_at + HOUR - SECOND)
    late = receipts.unacknowledged(older_than=HOUR, at=second.added_at + HOUR)

    assert early == []
    assert late == [receipts.Waiting(second, dan)]


def test_nobody_owes_a_receipt_for_what_was_over_before_they_came(dan: Partner) -> None:
    (version,) = withdrawn(1)
    make_partner("late-hotline", ApiKey.Scope.EXCHANGE)
    Partner.objects.filter(organisation__slug="late-hotline").update(created_at=version.added_at + SECOND)

    waiting = receipts.unacknowledged(older_than=HOUR, at=AT + 2 * HOUR)

    assert [one.partner for one in waiting] == [dan]


def test_the_probe_warns_of_partners_that_confirm_and_have_left_one_out(dan: Partner) -> None:
    (first,) = withdrawn(1)
    never_confirmed = receipt_probes.withdrawals_are_confirmed(AT + 2 * HOUR)
    receipts.acknowledge(dan, first.object_id, first.version_at, at=AT)
    withdrawn(2, wait=2 * SECOND)

    in_time = receipt_probes.withdrawals_are_confirmed(AT + HOUR)
    late = receipt_probes.withdrawals_are_confirmed(AT + 2 * HOUR)

    assert (never_confirmed.is_well, in_time.is_well, late.is_well) == (True, True, False)
    assert "/exchange/withdrawals/" in late.words
    assert "dans-hotline" not in late.words


def person(role: Role) -> Client:
    """Return the browser of a signed-in person."""
    user = User.objects.create(username=f"somebody-{role}")
    home = Organisation.objects.create(slug=f"home-{role}", name="Home", kind=Organisation.Kind.PROVIDER)
    Membership.objects.create(user=user, organisation=home, role=role)
    client = Client(headers={"Host": "localhost"})
    client.force_login(user)
    return client


def test_the_page_shows_who_confirmed_who_did_not_and_who_never_does(dan: Partner) -> None:
    for slug in ("ana-hotline", "bea-hotline"):
        make_partner(slug, ApiKey.Scope.EXCHANGE)
    ana = Partner.objects.get(organisation__slug="ana-hotline")
    first, second = withdrawn(1, 2)
    receipts.acknowledge(ana, first.object_id, first.version_at, at=AT)
    for version in (first, second):
        receipts.acknowledge(dan, version.object_id, version.version_at, at=AT)

    response = person(Role.OPERATOR).get("/exchange/withdrawals/")

    newest, oldest = response.context["shown"]
    assert [receipt.partner for receipt in oldest.confirmed] == [ana, dan]
    assert [receipt.partner for receipt in newest.confirmed] == [dan]
    assert (newest.waiting, oldest.waiting) == ([ana], [])
    assert [str(partner) for partner in newest.silent] == [str(partner) for partner in oldest.silent] == ["bea-hotline"]
    assert newest.is_late
    assert "(late)" in response.content.decode()
    assert digest(2) not in response.content.decode()


def test_the_page_can_show_late_ones_only(dan: Partner) -> None:
    first, _ = withdrawn(1, 2)
    receipts.acknowledge(dan, first.object_id, first.version_at, at=AT)

    response = person(Role.OPERATOR).get("/exchange/withdrawals/?show=late")

    assert [one.version.place for one in response.context["shown"]] == [first.place + 2]


def test_whoever_is_late_is_named_with_the_next_step_and_only_an_operator_is_led_to_its_page(dan: Partner) -> None:
    first, second = withdrawn(1, 2)
    receipts.acknowledge(dan, first.object_id, first.version_at, at=AT)

    olga, sam = person(Role.OPERATOR), person(Role.SENIOR_REVIEWER)
    pages = [one.get("/exchange/withdrawals/").text for one in (olga, sam)]
    receipts.acknowledge(dan, second.object_id, second.version_at, at=AT)
    after = olga.get("/exchange/withdrawals/").text

    assert ["What to do next" in page for page in (*pages, after)] == [True, True, False]
    assert [f"/exchange/partners/{dan.uid}/" in page for page in (*pages, after)] == [True, False, False]


def test_the_page_says_so_where_there_is_nothing(db: None) -> None:
    page = person(Role.OPERATOR).get("/exchange/withdrawals/").content.decode()

    assert "There are no partners yet" in page
    assert "/exchange/partners/invite" in page


@pytest.mark.parametrize("role", [Role.GUARDIAN, Role.REVIEWER, Role.PARTNER, Role.COUNSELLOR])
def test_the_page_is_not_for_everybody(role: Role) -> None:
    assert person(role).get("/exchange/withdrawals/").status_code == 403


def test_eve_is_sent_to_the_sign_in() -> None:
    assert Client(headers={"Host": "localhost"}).get("/exchange/withdrawals/").status_code == 302
