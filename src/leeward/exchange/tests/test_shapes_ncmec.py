"""The NCMEC shape: windows of time, tombstones, votes - and what somebody else's feed becomes here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from leeward.core import sequencer
from leeward.core.models import Organisation
from leeward.exchange.intake.models import Feedback, Received
from leeward.exchange.partners import services as partners
from leeward.exchange.shapes import ncmec, taking, xml
from leeward.exchange.shapes.values import Unreadable
from leeward.exchange.tests.conftest import AT, basic, digest, make_partner, publish, revoke
from leeward.indicators.models import Category, Kind

pytestmark = pytest.mark.django_db
BASE = "/shapes/ncmec/v2"
NAMES = {"n": ncmec.NAMESPACE}
HOUR = timedelta(hours=1)


def given(*values: str, kind: Kind = Kind.PDQ, source: str = "decision:1", at: datetime = AT) -> list[str]:
    rows = publish(*values, kind=kind, source=source, at=at)
    sequencer.stamp(at=at)
    return [str(row.uid) for row in rows]


@pytest.fixture
def reader(dans_key: str) -> Client:
    """Dan's program for NCMEC, with another address."""
    return Client(headers={"Host": "localhost", "Authorization": basic("dans-hotline", dans_key)})


def entries(
    client: Client, *, begin: datetime = AT - HOUR, end: datetime = AT + HOUR, path: str = ""
) -> ElementTree.Element:
    asked = {"from": begin.strftime(ncmec.TIME), "to": end.strftime(ncmec.TIME)}
    answer = client.get(f"/shapes/ncmec{path}" if path else f"{BASE}/entries", {} if path else asked)
    assert answer.status_code == 200, answer.content
    return ElementTree.fromstring(answer.content)


def told(root: ElementTree.Element) -> list[tuple[str, str]]:
    images = root.find("n:images", NAMES)
    if images is None:
        return []
    return [(one.tag.rpartition("}")[2], one.findtext("n:id", namespaces=NAMES) or "") for one in images]


def test_an_entry_has_an_id_a_member_a_class_and_its_fingerprint(reader: Client) -> None:
    (uid,) = given(digest(1))

    root = entries(reader)

    (image,) = root.findall("n:images/n:image", NAMES)
    assert image.findtext("n:id", namespaces=NAMES) == uid
    assert image.findtext("n:fingerprints/n:pdq", namespaces=NAMES) == digest(1)
    assert image.findtext("n:classification", namespaces=NAMES) == Category.BULLYING
    assert root.find("n:paging", NAMES) is None


def test_a_window_ends_before_its_end_and_the_next_begins_there(reader: Client) -> None:
    given(digest(1))

    assert told(entries(reader, end=AT)) == []
    assert len(told(entries(reader, begin=AT))) == 1
    assert told(entries(reader, begin=AT + timedelta(seconds=1))) == []


def test_a_withdrawn_entry_is_a_tombstone_without_fingerprints(reader: Client) -> None:
    (uid,) = given(digest(1))
    revoke(at=AT + timedelta(minutes=1))

    root = entries(reader)

    assert told(root) == [("deletedImage", uid)]
    assert digest(1) not in ElementTree.tostring(root, encoding="unicode")


def test_pages_join_without_a_gap(reader: Client) -> None:
    uids = given(*(digest(number) for number in range(5)))
    given(digest(9), source="decision:2", at=AT + 2 * HOUR)
    window = f"from={(AT - HOUR).strftime(ncmec.TIME)}&to={(AT + HOUR).strftime(ncmec.TIME)}"

    found, path = [], f"/v2/entries?{window}&size=2"
    for _ in range(5):
        root = entries(reader, path=path)
        found += [uid for _, uid in told(root)]
        path = root.findtext("n:paging/n:next", namespaces=NAMES) or ""
        if not path:
            break

    assert found == uids


def test_who_asks_learns_of_nobody_else(reader: Client) -> None:
    make_partner("ferns-hotline")

    listed = ElementTree.fromstring(reader.get(f"{BASE}/members").content)
    asking = ElementTree.fromstring(reader.get(f"{BASE}/status").content)

    assert [one.text for one in listed] == ["localhost:8000", "dans-hotline"]
    assert [one.text for one in asking] == ["dans-hotline"]


def vote(client: Client, uid: str, inside: str, *, member: int = ncmec.HERE, print_type: str = "PDQ") -> Any:
    body = f'<feedbackSubmission xmlns="{ncmec.NAMESPACE}">{inside}</feedbackSubmission>'
    return client.put(f"{BASE}/entries/{member}/{uid}/{print_type}/feedback", body, content_type="application/xml")


def test_a_vote_is_kept_as_what_a_partner_says_of_our_sign(reader: Client) -> None:
    (uid,) = given(digest(1))
    reason = next(iter(ncmec.REASONS))

    for_it = vote(reader, uid, "<affirmative/>")
    against = vote(reader, uid, f"<negative><reasonIds><guid>{reason}</guid></reasonIds></negative>")

    assert (for_it.status_code, against.status_code) == (200, 200)
    kept = Feedback.objects.values_list("object_id", "kind", "count", "code")
    assert set(kept) == {
        (f"indicator--{uid}", "sighting", 1, ""),
        (f"indicator--{uid}", "opinion", 1, ncmec.REASONS[reason]),
    }


def test_a_vote_about_nothing_that_was_given_is_not_found(reader: Client) -> None:
    (uid,) = given(digest(1))
    hidden = publish(digest(2), source="partner:somebody/1")[0]
    sequencer.stamp(at=AT)

    assert vote(reader, str(hidden.uid), "<affirmative/>").status_code == 404
    assert vote(reader, "no-id", "<affirmative/>").status_code == 404
    assert vote(reader, uid, "<affirmative/>", member=7).status_code == 404
    assert vote(reader, uid, "<affirmative/>", print_type="TMK_PDQF").status_code == 404
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "inside",
    ["", "<affirmative/><negative/>", "<negative/>", "<negative><reasonIds><guid>x</guid></reasonIds></negative>"],
)
def test_a_vote_that_says_nothing_is_refused_in_words(reader: Client, inside: str) -> None:
    (uid,) = given(digest(1))

    answer = vote(reader, uid, inside)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("query", [{}, {"from": "yesterday"}, {"from": "2026-11-21T10:00:00"}])
def test_a_window_without_a_time_is_refused_in_words(reader: Client, query: dict[str, str]) -> None:
    assert reader.get(f"{BASE}/entries", query).status_code == 400


@pytest.mark.parametrize(
    "path", ["/status", "/members", "/entries", "/feedback/PDQ/reasons", "/entries/1/x/PDQ/feedback", "/x"]
)
def test_eve_learns_nothing(dans_key: str, path: str) -> None:
    given(digest(1))

    for header in ("", "Basic !", basic("another", dans_key), basic("dans-hotline", "lwk_x"), f"Bearer {dans_key}"):
        answer = Client(headers={"Host": "localhost", "Authorization": header}).get(BASE + path)
        assert answer.status_code == 401
        assert digest(1).encode() not in answer.content


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<queryResult>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><queryResult>&b;</queryResult>',
        b"<a>" * 200 + b"</a>" * 200,
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
    ],
)
def test_hostile_xml_is_refused(octets: bytes) -> None:
    with pytest.raises(Unreadable):
        xml.read(octets)


def test_a_feed_that_leads_to_another_host_is_refused() -> None:
    with pytest.raises(Unreadable):
        ncmec.read_entries(b"<queryResult><paging><next>@evil.example/</next></paging></queryResult>")


FEED = """<queryResult xmlns="{space}"><images maxTimestamp="2026-11-21T10:00:00Z">
<image><member id="7">M</member><id>e1</id><fingerprints><md5>{md5}</md5><pdq>{pdq}</pdq><pdna>0,1</pdna></fingerprints></image>
{gone}</images></queryResult>"""
GONE = '<deletedImage><member id="7">M</member><id>e1</id></deletedImage>'


def test_somebody_elses_entries_wait_in_quarantine_and_their_tombstone_takes_them_back(db: None) -> None:
    make_partner("ferns-hotline")
    partner = partners.take_part(Organisation.objects.get(slug="ferns-hotline"), at=AT)

    def take(gone: str, *, at: datetime) -> taking.Taken:
        feed = FEED.format(space=ncmec.NAMESPACE, md5=digest(1)[:32], pdq=digest(2), gone=gone)
        read = ncmec.read_entries(feed.encode())
        newest = read.entries[-1:] if gone else read.entries
        return taking.take_offered(
            partner, taking.offered_entries(partner, newest, category=Category.CSAM, at=at), at=at
        )

    first = take("", at=AT)
    waiting = set(Received.objects.values_list("kind", "value", "state"))
    second = take(GONE, at=AT + HOUR)

    assert (first.accepted, first.refused, second.accepted) == (2, 0, 2)
    assert waiting == {("md5", digest(1)[:32], "quarantine"), ("pdq", digest(2), "quarantine")}
    assert set(Received.objects.values_list("state", flat=True)) == {"withdrawn"}
