"""What a sign that waits would have met is counted, and nothing follows from it."""

from __future__ import annotations

import hashlib
import threading

import pytest

from leeward.core.models import Record, User
from leeward.engines import stix
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.review import services as review
from leeward.exchange.silent import services as silent
from leeward.exchange.tests.tellers import AT, Teller
from leeward.indicators.comparing import Asked
from leeward.indicators.models import Kind

pytestmark = pytest.mark.django_db
ADDRESS = "http://bad.example/room/"
PICTURE = hashlib.sha256(b"the look of a drawn shape").digest()
NEAR = bytes([*PICTURE[:-1], PICTURE[-1] ^ 0b111])  # Three bits of 256 differ.
FAR = bytes(octet ^ 0xFF for octet in PICTURE)


@pytest.fixture(autouse=True)
def _nothing_noted() -> None:
    silent.count()


@pytest.fixture
def beacon() -> Teller:
    return Teller("beacon")


def waits(teller: Teller, kind: stix.Kind, value: str) -> Received:
    """Have a sign that waits."""
    partner = teller.joins()
    intake.take(partner, teller.told(teller.sign(kind=kind, value=value)), at=AT)
    return Received.objects.get()


def met(received: Received) -> int:
    return Received.objects.get(pk=received.pk).met


@pytest.mark.parametrize(
    ("kind", "value", "asked", "times"),
    [
        (stix.Kind.SHA256, "a1" * 32, Asked(((Kind.SHA256, "a1" * 32), (Kind.MD5, "a1" * 16))), 1),
        (stix.Kind.SHA256, "a1" * 32, Asked(((Kind.SHA256, "a2" * 32),)), 0),
        (stix.Kind.URL, ADDRESS, Asked(((Kind.URL, f"{ADDRESS}today?x=1"),)), 1),
        (stix.Kind.URL, ADDRESS, Asked(((Kind.URL, "http://bad.example/other"),)), 0),
        (stix.Kind.DOMAIN, "bad.example", Asked(((Kind.URL, "https://www.bad.example/x"),)), 1),
        (stix.Kind.DOMAIN, "bad.example", Asked(((Kind.DOMAIN, "a.bad.example"),)), 1),
        (stix.Kind.DOMAIN, "bad.example", Asked(((Kind.DOMAIN, "notbad.example"),)), 0),
    ],
)
def test_what_it_would_have_met_is_counted(
    beacon: Teller, kind: stix.Kind, value: str, asked: Asked, times: int
) -> None:
    waiting = waits(beacon, kind, value)
    before = Record.objects.count()
    silent.note(asked)

    counted = silent.count()

    assert (counted, met(waiting), silent.count()) == (times, times, 0)
    assert Record.objects.count() == before


def test_a_picture_that_is_alike_counts_once_in_however_many_orientations(beacon: Teller) -> None:
    waiting = waits(beacon, stix.Kind.PDQ, PICTURE.hex())
    for pictures in ((NEAR, PICTURE, FAR), (FAR,), (NEAR,)):
        silent.note(Asked(pictures=pictures))

    silent.count()

    assert met(waiting) == 2


def test_a_picture_that_came_after_the_first_count_counts_too(beacon: Teller) -> None:
    silent.note(Asked(pictures=(NEAR,)))
    silent.count()
    waiting = waits(beacon, stix.Kind.PDQ, PICTURE.hex())
    silent.note(Asked(pictures=(NEAR,)))

    silent.count()

    assert met(waiting) == 1


def test_a_sign_that_waits_no_more_is_counted_no_more(beacon: Teller, cem: User) -> None:
    waiting = waits(beacon, stix.Kind.URL, ADDRESS)
    waits_still = Asked(((Kind.URL, ADDRESS),))
    silent.note(waits_still)
    silent.count()
    review.accept(waiting, by=cem, at=AT)
    silent.note(waits_still)
    silent.count()

    assert met(waiting) == 1


def test_a_process_that_counts_nothing_keeps_no_more_than_so_much() -> None:
    for number in range(silent.KEPT + 5):
        silent.note(Asked(((Kind.MD5, f"{number:032x}"),)))

    assert len(silent._noted) == silent.KEPT


def test_the_thread_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    thread = threading.Thread(target=silent.watch, args=(stop,))
    thread.start()
    thread.join(5)

    assert not thread.is_alive()
