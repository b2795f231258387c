"""A subscriber that is ended between two pages goes on where it stood: nothing is missed, and nothing happens twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.waiting import until

SETTLE_S = 30.0
FIRST, MORE, WITHDRAWN = 300, 50, 5  # The first ones are more than one page.

PUBLISHER = """
import json
from django.utils import timezone
from leeward.core import config, machines, signing
from leeward.core.models import ApiKey, Organisation
from leeward.exchange import mapping
from leeward.exchange.partners import services as partners
from leeward.exchange.sharing import services as sharing
from leeward.exchange.taxii.api import COLLECTION_ID
at = timezone.now()
reader = Organisation.objects.create(slug="reader", name="Reader", kind="provider")
partners.take_part(reader, at=at)
sharing.share_everything(at=at)
key = machines.make_key(reader, scopes=[ApiKey.Scope.EXCHANGE], at=at)
identity = str(mapping.site_uid(config.current().server.site_url))
print(json.dumps([key, COLLECTION_ID, identity, signing.jwks()["keys"][0]]))
"""

PUBLISH = """
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
at = timezone.now()
for source, start, stop in {published}:
    signs = [indicators.Sign(Kind.SHA256, f"{{number + 1:064x}}", Category.BULLYING) for number in range(start, stop)]
    indicators.publish(signs, source=source, actor="user:1", at=at)
indicators.revoke(source="decision:wrong", actor="user:1", at=timezone.now())
sequencer.stamp(at=timezone.now())
"""

SUBSCRIBE = """
from django.utils import timezone
from leeward.core.models import Organisation, User
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
at = timezone.now()
origin = Organisation.objects.create(slug="origin", name="Origin", kind="hotline")
olga = User.objects.create_user(username="olga")
draft = partners.PartnerDraft(Partner.Group.HOTLINES, identity_uid={identity!r}, url={url!r}, collection={collection!r},
    credentials={key!r})
partner = partners.invite(origin, draft, by=olga, at=at)
partners.pin_key(partner, {jwk!r}, valid_until=None, by=olga, at=at)
partners.set_trust(partner, "bullying", True, by=olga, at=at)
partners.accept(partner, by=olga, at=at)
"""

LOOK = """
import json
from leeward.core.models import Delivery, Record
from leeward.exchange.partners.models import Partner
from leeward.exchange.intake.models import Received
from leeward.indicators.models import Indicator
print(json.dumps(dict(
    active=Indicator.objects.filter(state="active").count(),
    revoked=Indicator.objects.filter(state="revoked").count(),
    received=Received.objects.count(),
    twice=Received.objects.filter(turns__gt=1).count(),
    published=Record.objects.filter(kind="indicators.IndicatorsPublished").count(),
    taken_back=Record.objects.filter(kind="indicators.IndicatorsRevoked").count(),
    confirmed=sum(len(owed.arguments["items"]) for owed in Delivery.objects.filter(task__endswith="confirm_to_partner")),
    fault=Partner.objects.get().last_fault,
)))
"""


@pytest.fixture
def two(blank: Blank, tmp_path: Path) -> Iterator[tuple[Leeward, Leeward]]:
    """Two Leewards that know nothing of each other yet."""
    for name in ("origin", "reader"):
        blank.copy_to(tmp_path / name)
    origin, reader = Leeward(tmp_path / "origin"), Leeward(tmp_path / "reader")
    yield origin, reader
    reader.stop()
    origin.stop()


def look(reader: Leeward) -> dict[str, object]:
    found: dict[str, object] = json.loads(reader.python(LOOK).splitlines()[-1])
    return found


@pytest.mark.kill
def test_a_subscriber_that_is_killed_between_two_pages_misses_nothing(two: tuple[Leeward, Leeward]) -> None:
    origin, reader = two
    key, collection, identity, jwk = json.loads(origin.python(PUBLISHER).splitlines()[-1])
    origin.python(PUBLISH.format(published=[("decision:first", 0, FIRST)]))
    origin.start(Role.WEB)
    url = f"{origin.base_url}/taxii2/api"
    reader.python(SUBSCRIBE.format(identity=identity, url=url, collection=collection, key=key, jwk=jwk))

    killed = reader.start(Role.EXCHANGE, env={"LEEWARD_KILL_AT": "exchange.between_pages:1"})
    killed.wait_until_ended(within_s=SETTLE_S)
    half = look(reader)
    wrong, end = FIRST + MORE - WITHDRAWN, FIRST + MORE
    later = [("decision:more", FIRST, wrong), ("decision:wrong", wrong, end)]
    origin.python(PUBLISH.format(published=later))
    reader.start(Role.EXCHANGE)

    def whole() -> dict[str, object] | None:
        found = look(reader)
        return found if found["revoked"] == WITHDRAWN else None

    assert 0 < int(str(half["active"])) < FIRST
    assert until(whole, within_s=SETTLE_S, what="the reader has everything") == {
        "active": FIRST + MORE - WITHDRAWN,
        "revoked": WITHDRAWN,
        "received": FIRST + MORE,
        "twice": 0,
        "published": FIRST + MORE,
        "taken_back": WITHDRAWN,
        "confirmed": WITHDRAWN,
        "fault": "",
    }
