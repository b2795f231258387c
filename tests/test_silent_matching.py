"""A partner's sign that waits has no effect on an upload, and the reviewer reads how often it would have met one."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.core.models import Organisation, User
from leeward.engines import stix
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.silent import services as silent
from leeward.exchange.tests.tellers import Teller
from leeward.indicators.models import Kind
from leeward.screening import services as screening
from leeward.screening.models import Answer, Hold, Match
from leeward.screening.tests.conftest import _a_fresh_process  # noqa: F401  # as in screening's own tests
from leeward.screening.tests.uploads import AT, encoded, look_of, waves

pytestmark = pytest.mark.django_db
PICTURE = encoded(waves(1))
COPY = encoded(waves(1).resize((300, 225)), "JPEG", quality=70)


@pytest.fixture
def waiting() -> Received:
    """A sign of a drawn picture that waits."""
    silent.count()
    beacon = Teller("beacon")
    partner = beacon.joins()
    pdq = look_of(PICTURE).value
    intake.take(partner, beacon.told(beacon.sign(kind=stix.Kind.PDQ, value=pdq)), at=AT)
    return Received.objects.get()


def test_an_upload_that_it_is_like_is_clear_and_is_counted(
    waiting: Received, harbour: Organisation, cem: User, client: Client
) -> None:
    answers = [screening.screen(data, asked_by=harbour, at=AT).answer for data in (PICTURE, COPY)]
    other = screening.screen(encoded(waves(7)), asked_by=harbour, at=AT).answer
    silent.count()
    client.force_login(cem)
    page = client.get(f"/exchange/review/{waiting.uid}/", headers={"host": "localhost"}).content.decode()

    assert [*answers, other] == [Answer.CLEAR] * 3
    assert Received.objects.get().met == 2
    assert not Hold.objects.exists()
    assert not Match.objects.exists()
    assert "<dd>2" in page


def test_an_address_that_is_looked_up_is_counted(harbour: Organisation) -> None:
    silent.count()
    beacon = Teller("beacon")
    intake.take(beacon.joins(), beacon.told(beacon.sign(kind=stix.Kind.DOMAIN, value="bad.example")), at=AT)

    screened = screening.look_up(screening.Values(host="www.bad.example"), asked_by=harbour, at=AT)
    by_digest = screening.look_up(screening.Values(digests={Kind.MD5: "a1" * 16}), asked_by=harbour, at=AT)
    silent.count()

    assert (screened.answer, by_digest.answer) == (Answer.CLEAR, Answer.CLEAR)
    assert Received.objects.get().met == 1
