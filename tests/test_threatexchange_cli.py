"""The unmodified programs of other members work with a running Leeward when their address is changed.

The command line `threatexchange` reads our StopNCII shape; its own NCMEC client, which takes an address in Python only, the
other one. That client writes local time for UTC, so it runs with TZ=UTC.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.ports import LOOPBACK

TIMEOUT_S = 90.0
# One more stands, because an index of a single PDQ hash loses it when threatexchange 1.2.17 writes it down.
KNOWN, GONE, OTHER, MORE = (hashlib.sha256(f"drawn shape {number}".encode()).hexdigest() for number in range(4))
KNOWN_MD5 = KNOWN[:32]

SHARE = """
from django.utils import timezone
from leeward.core.models import Organisation
from leeward.exchange.partners import services as partners
from leeward.exchange.sharing import services as sharing
from leeward.exchange.intake.origins import UNSIGNED
from leeward.exchange.partners.models import Partner
partners.take_part(Organisation.objects.get(slug="beacon"), at=timezone.now())
Partner.objects.update(trust={UNSIGNED: "auto"})
sharing.share_everything(at=timezone.now())
"""
PUBLISH = """
from datetime import timedelta
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services
from leeward.indicators.models import Category, Kind
# Before the last seconds, for which no client of the NCMEC shape asks.
at = timezone.now() - timedelta(minutes=1)
for kind, value, source in %r:
    services.publish([services.Sign(Kind(kind), value, Category.CSAM)], source=source, actor="user:1", at=at)
while sequencer.stamp(at=at): pass
"""
REVOKE = """
from datetime import timedelta
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services
at = timezone.now() - timedelta(seconds=30)
services.revoke(source="decision:2", actor="user:2", at=at)
while sequencer.stamp(at=at): pass
"""
FEEDBACK = """
import json
from leeward.exchange.intake.models import Feedback
from leeward.exchange.intake.models import Received
said = list(Feedback.objects.order_by("kind").values_list("kind", "count", "code"))
print(json.dumps([said, list(Received.objects.values_list("kind", "value", "state"))]))
"""
SIGNS = [
    ("pdq", KNOWN, "decision:1"),
    ("pdq", GONE, "decision:2"),
    ("md5", KNOWN_MD5, "decision:3"),
    ("pdq", MORE, "decision:4"),
]

SUBMIT = """
import sys
from threatexchange.exchanges.clients.stopncii import api
key, name, url, value = sys.argv[1:]
keys = {endpoint: key for endpoint in api.StopNCIIEndpoint}
client = api.StopNCIIAPI(name, key, keys, base_url_override=url)
client.submit_hash(api.StopNCIISignalType.ImagePDQ, value, {"made-up"})
client.submit_feedback(api.StopNCIISignalType.ImagePDQ, sys.argv[4], api.StopNCIICSPFeedbackValue.Blocked)
"""
NCMEC = """
import json, sys
from types import SimpleNamespace
from threatexchange.exchanges.clients.ncmec import hash_api
from threatexchange.exchanges.impl.ncmec_api import NCMECCollabConfig, NCMECSignalExchangeAPI
from threatexchange.signal_type.pdq.signal import PdqSignal
key, name, url = sys.argv[1:]
client = hash_api.NCMECHashAPI(name, key, SimpleNamespace(value=url))
collab = NCMECCollabConfig(name="leeward", environment=SimpleNamespace(value=url))
exchange = NCMECSignalExchangeAPI(collab, name, key)
held = {}
for delta in exchange.fetch_iter([PdqSignal], None):
    for entry_id, entry in delta.updates.items():
        held[entry_id] = exchange.fetch_value_merge(held.get(entry_id), entry)
standing = [entry for entry in held.values() if entry is not None]
gone = [entry_id for entry_id, entry in held.items() if entry is None]
known = next(entry for entry in standing if "pdq" in entry.fingerprints)
client.submit_upvote(known.member_id, known.id, hash_api.FingerprintType.pdq)
reasons = client.feedback_reasons(hash_api.FingerprintType.pdq)
client.submit_feedback(known.member_id, known.id, hash_api.FingerprintType.pdq, hash_api.FeedbackType.downvote, next(iter(reasons)))
print(json.dumps({
    "me": client.status().esp_name, "members": [one.esp_name for one in client.members()],
    "standing": sorted(value for entry in standing for value in entry.fingerprints.values()), "gone": len(gone),
    "signals": {kind.get_name(): sorted(found) for kind, found in
        exchange.naive_convert_to_signal_type([PdqSignal], collab, {str(n): one for n, one in enumerate(standing)}).items()},
}))
"""


@dataclass(frozen=True)
class Member:
    """A member's machine: where its programs believe the others to be, and its state folder."""

    leeward: Leeward
    key: str
    home: Path

    def base(self, shape: str) -> str:
        return f"http://{LOOPBACK}:{self.leeward.port}/shapes/{shape}"

    def run(self, *words: str) -> str:
        """Run the command line and return what it printed."""
        keys = f"{self.key},beacon,{self.base('stopncii/v1')}"
        env = {**os.environ, "TX_STATEDIR": str(self.home), "HOME": str(self.home), "TX_STOPNCII_KEYS": keys}
        command = [str(Path(sys.executable).with_name("threatexchange")), *words]
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def matches(self, value: str) -> str:
        """Return what the command line says of a PDQ hash."""
        (self.home / "hash.txt").write_text(value)
        return self.run("match", "--only-signal", "pdq", "-H", "photo", str(self.home / "hash.txt"))

    def python(self, code: str, *words: str) -> str:
        """Run a member's own Python program, in UTC."""
        command = [sys.executable, "-c", code, self.key, "beacon", *words]
        env = {**os.environ, "TZ": "UTC"}
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kept(self) -> Any:
        """Return what Leeward keeps of what this member said."""
        return json.loads(self.leeward.python(FEEDBACK))


@pytest.fixture
def member(blank: Blank, tmp_path: Path) -> Iterator[Member]:
    """Beacon, a partner with whom a running Leeward shares everything."""
    blank.copy_to(tmp_path / "data")
    leeward = Leeward(tmp_path / "data")
    try:
        keys = leeward.make_cast()
        leeward.python(SHARE)
        leeward.python(PUBLISH % (SIGNS,))
        leeward.start(Role.WEB)
        (tmp_path / "home").mkdir()
        yield Member(leeward, keys.partner_key, tmp_path / "home")
    finally:
        leeward.stop()


def test_the_command_line_fetches_and_matches_and_no_longer_affirms_what_was_withdrawn(member: Member) -> None:
    member.run("config", "collab", "edit", "stop_ncii", "--create", "Leeward")

    member.run("fetch")
    known, gone, other = (member.matches(value) for value in (KNOWN, GONE, OTHER))
    member.leeward.python(REVOKE)
    member.run("fetch")
    disputed = member.matches(GONE)
    anew = replace(member, home=member.home.with_name("anew"))
    anew.home.mkdir()
    anew.run("config", "collab", "edit", "stop_ncii", "--create", "Leeward")
    anew.run("fetch")

    assert "Leeward" in known
    assert "Leeward" in gone
    assert "Leeward" not in other
    # The client keeps what was withdrawn, but our own word against it makes it a false positive, which it does not show.
    assert "POSITIVE_CLASS" in gone
    assert "POSITIVE_CLASS" not in disputed
    assert "Leeward" in anew.matches(KNOWN)
    assert anew.matches(GONE) == ""


def test_its_programs_submit_and_say_what_they_think(member: Member) -> None:
    member.python(SUBMIT, member.base("stopncii/v1"), OTHER)
    member.python(SUBMIT, member.base("stopncii/v1"), KNOWN)

    said, received = member.kept()
    assert said == [["sighting", 1, ""]]
    assert ["pdq", OTHER, "quarantine"] in received


def test_its_client_for_ncmec_reads_entries_and_tombstones_and_votes(member: Member) -> None:
    member.leeward.python(REVOKE)

    found = json.loads(member.python(NCMEC, member.base("ncmec")))

    assert found["me"] == "Beacon Hotline"
    assert found["standing"] == sorted([KNOWN, KNOWN_MD5, MORE])
    assert found["gone"] == 1
    assert found["signals"] == {"pdq": sorted([KNOWN, MORE])}
    assert member.kept()[0] == [["opinion", 1, "false_positive"], ["sighting", 1, ""]]
