"""The bell as the web role rings it, and the feeds of other shapes as one Leeward fetches them from another, over real sockets."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.waiting import until

LONG_S = 60.0  # Far above what a busy machine needs.
PDQ, MD5 = hashlib.sha256(b"a drawn shape").hexdigest(), hashlib.sha256(b"another").hexdigest()[:32]

PARTNER = """
import json
from django.utils import timezone
from leeward.core import machines
from leeward.core.models import ApiKey, Organisation, User
from leeward.exchange.partners import services as partners
from leeward.exchange.sharing import services as sharing
from leeward.exchange.taxii.api import COLLECTION_ID
at = timezone.now()
User.objects.create_user(username="olga")
reader = Organisation.objects.create(slug="reader", name="Reader", kind="provider")
partners.take_part(reader, at=at)
sharing.share_everything(at=at)
print(json.dumps([machines.make_key(reader, scopes=[ApiKey.Scope.EXCHANGE], at=at), COLLECTION_ID]))
"""
SUSPEND = """
from django.utils import timezone
from leeward.core.models import User
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
partners.suspend(Partner.objects.get(), by=User.objects.get(), at=timezone.now())
"""
PUBLISH = f"""
from datetime import timedelta
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services
from leeward.indicators.models import Category, Kind
# Before the last seconds, for which nobody asks who reads the NCMEC shape.
at = timezone.now() - timedelta(minutes=1)
for source, kind, value in (("decision:1", Kind.PDQ, "{PDQ}"), ("decision:2", Kind.MD5, "{MD5}")):
    services.publish([services.Sign(kind, value, Category.CSAM)], source=source, actor="user:1", at=at)
sequencer.stamp(at=at)
"""
REVOKE = """
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services
services.revoke(source="decision:2", actor="user:1", at=timezone.now())
sequencer.stamp(at=timezone.now())
"""
SUBSCRIBE = """
from django.utils import timezone
from leeward.core.models import Organisation
from leeward.exchange.intake.origins import UNSIGNED
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
partners.take_part(Organisation.objects.create(slug="origin", name="Origin", kind="hotline"), at=timezone.now())
Partner.objects.update(trust={UNSIGNED: "auto"})
"""
LOOK = """
import json
from leeward.exchange.intake.models import Received
print(json.dumps(dict(Received.objects.values_list("value", "state"))))
"""


@pytest.fixture
def reader(blank: Blank, tmp_path: Path) -> Iterator[Leeward]:
    """Another Leeward beside `embedded`."""
    blank.copy_to(tmp_path / "reader")
    leeward = Leeward(tmp_path / "reader")
    yield leeward
    leeward.stop()


def last_line(text: str) -> str:
    return text.splitlines()[-1]


def test_the_bell_rings_through_the_web_role_and_ends_with_a_suspension(embedded: Leeward) -> None:
    key, collection = json.loads(last_line(embedded.python(PARTNER)))
    embedded.start(Role.WEB)
    door = f"{embedded.base_url}/taxii2/api/collections/{collection}/"
    who = {"Authorization": f"Bearer {key}"}
    heard: list[str] = []

    def listen() -> None:
        headers = who | {"Accept": "text/event-stream"}
        with httpx.stream("GET", f"{door}events/", headers=headers, timeout=LONG_S) as stream:
            heard.extend([str(stream.status_code), stream.headers["Content-Type"]])
            heard.extend(line for line in stream.iter_lines() if line)

    listening = threading.Thread(target=listen)
    listening.start()
    until(lambda: len(heard) > 2, within_s=LONG_S, what="the stream has begun")
    before = list(heard)
    embedded.python(PUBLISH)
    rung = until(lambda: [line for line in heard if line.startswith("data:")], within_s=LONG_S, what="the bell rings")
    accept = {"Accept": "application/taxii+json;version=2.1"}
    answer = httpx.get(f"{door}objects/", headers=who | accept, timeout=LONG_S)
    is_open = listening.is_alive()
    embedded.python(SUSPEND)
    listening.join(LONG_S)

    assert before[0] == "200"
    assert before[1].startswith("text/event-stream")
    assert not [line for line in before if line.startswith("data:")]
    told = {"collection": collection, "date_added": answer.headers["X-TAXII-Date-Added-Last"]}
    assert json.loads(rung[-1].removeprefix("data:")) == told
    assert (is_open, listening.is_alive()) == (True, False)


@pytest.mark.parametrize("shape", ["stopncii", "ncmec"])
def test_one_leeward_fetches_the_feed_of_another_and_lets_go_of_what_was_withdrawn(
    embedded: Leeward, reader: Leeward, tmp_path: Path, shape: str
) -> None:
    key, _ = json.loads(last_line(embedded.python(PARTNER)))
    embedded.python(PUBLISH)
    embedded.start(Role.WEB)
    reader.python(SUBSCRIBE)
    (tmp_path / "key").write_text(f"reader:{key}\n")
    address = f"{embedded.base_url}/shapes/{shape}" + ("/v1" if shape == "stopncii" else "")

    def fetched() -> dict[str, str]:
        words = ["exchange_import", f"--{shape}", address, "--partner", "origin", "--category", "csam"]
        reader.run(*words, "--key-file", str(tmp_path / "key"))
        states: dict[str, str] = json.loads(last_line(reader.python(LOOK)))
        return states

    first, again = fetched(), fetched()
    embedded.python(REVOKE)

    def let_go() -> dict[str, str] | None:
        states = fetched()
        return states if states[MD5] == "withdrawn" else None

    assert first == again == {PDQ: "quarantine", MD5: "quarantine"}
    after = until(let_go, within_s=LONG_S, what="the withdrawal is fetched")
    assert after == {PDQ: "quarantine", MD5: "withdrawn"}
