"""Programs that were written for Meta's Hasher-Matcher-Actioner work with a running Leeward when its address is changed.

Neither `threatexchange` nor HMA brings a client, so the clients are those that its users have: curl as in HMA's own
docs/api.md, `requests` with the key in the address, and a matcher that hashes by itself with `threatexchange`.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from threatexchange.signal_type.pdq.signal import PdqSignal

from leeward.engines import hashing
from leeward.screening.tests.uploads import encoded, waves
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.ports import LOOPBACK

KNOWN, CLEAR = encoded(waves(31)), encoded(waves(32))
COPY = encoded(waves(31).resize((320, 240)), "JPEG", quality=80)
TIMEOUT_S = 60.0
NOTHING: dict[str, dict[str, Any]] = {"pdq": {}, "md5": {}, "sha1": {}, "sha256": {}}

PUBLISH = """
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services
from leeward.indicators.models import Category, Kind
sign, = services.publish([services.Sign(Kind.PDQ, {pdq!r}, Category.CSAM)], source="decision:1", actor="user:1", at=timezone.now())
while sequencer.stamp(at=timezone.now()): pass
print(sign.pk)
"""


@dataclass(frozen=True)
class Hma:
    """Where the clients believe HMA to be: an address with a key in it. `number` is the content id of the known picture."""

    host: str
    key: str
    number: int

    @property
    def address(self) -> str:
        return f"http://leeward:{self.key}@{self.host}/hma"


@pytest.fixture(scope="module")
def hma(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hma]:
    """A running Leeward that knows one picture, as an HMA."""
    data_dir = tmp_path_factory.mktemp("hma") / "data"
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    try:
        keys = leeward.make_cast()
        number = int(leeward.python(PUBLISH.format(pdq=hashing.hash_picture(KNOWN).hex)))
        leeward.start(Role.WEB)
        yield Hma(f"{LOOPBACK}:{leeward.port}", keys.provider_key, number)
    finally:
        leeward.stop()


def curl(*words: str) -> Any:
    done = subprocess.run(["curl", "-s", *words], capture_output=True, timeout=TIMEOUT_S, check=True)
    return json.loads(done.stdout)


def test_the_commands_of_its_documentation_work_with_the_address_changed(hma: Hma, tmp_path: Path) -> None:
    (tmp_path / "example.png").write_bytes(KNOWN)
    photo = f"photo=@{tmp_path / 'example.png'}"

    hashed = curl("-X", "POST", "--form", photo, f"{hma.address}/h/hash")
    by_file = curl("-X", "POST", "--form", photo, f"{hma.address}/m/lookup?bypass_coinflip=false")
    by_hash = curl("-X", "GET", f"{hma.address}/m/lookup?signal_type=pdq&signal={hashed['pdq']}")

    assert hashed["pdq"] == PdqSignal.hash_from_bytes(KNOWN)
    assert [match["bank_content_id"] for match in by_file["pdq"]["CSAM"]] == [hma.number]
    assert by_hash == {"CSAM": [{"bank_content_id": hma.number, "distance": "0"}]}


def test_a_moderation_console_hashes_an_upload_and_looks_each_hash_up(hma: Hma) -> None:
    def banks_of(data: bytes) -> set[str]:
        hashed = requests.post(f"{hma.address}/h/hash", files={"photo": data}, timeout=TIMEOUT_S).json()
        questions = [{"signal_type": name, "signal": value} for name, value in hashed.items()]
        answers = [requests.get(f"{hma.address}/m/lookup", params=one, timeout=TIMEOUT_S) for one in questions]
        return {bank for answer in answers for bank in answer.json()}

    assert banks_of(COPY) == {"CSAM"}
    assert banks_of(CLEAR) == set()


def test_an_upload_handler_sends_the_file_itself(hma: Hma) -> None:
    def look_up(data: bytes) -> Any:
        return requests.post(f"{hma.address}/m/lookup", files={"photo": ("upload", data)}, timeout=TIMEOUT_S).json()

    assert [match["bank_content_id"] for match in look_up(COPY)["pdq"]["CSAM"]] == [hma.number]
    assert look_up(CLEAR) == NOTHING


def test_a_matcher_that_hashes_by_itself_sends_only_the_hash(hma: Hma) -> None:
    signal = PdqSignal.hash_from_bytes(COPY)
    asked = {"signal_type": PdqSignal.get_name(), "signal": signal, "include_distance": "True"}

    answer = requests.get(
        f"http://{hma.host}/hma/m/raw_lookup",
        params=asked,
        headers={"Authorization": f"Bearer {hma.key}"},
        timeout=TIMEOUT_S,
    )

    distance = PdqSignal.compare_hash(signal, PdqSignal.hash_from_bytes(KNOWN)).distance.pretty_str()
    assert answer.json() == {"matches": [{"bank_content_id": hma.number, "distance": distance}]}


def test_a_client_that_waits_to_be_asked_for_its_key_is_asked(hma: Hma) -> None:
    keys = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    keys.add_password(None, f"http://{hma.host}/hma/", "leeward", hma.key)
    client = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(keys))

    with client.open(f"http://{hma.host}/hma/c/banks", timeout=TIMEOUT_S) as answer:
        assert "CSAM" in {bank["name"] for bank in json.load(answer)}


def test_a_probe_has_no_key_and_everything_else_needs_one(hma: Hma) -> None:
    status = requests.get(f"http://{hma.host}/hma/status", timeout=TIMEOUT_S)
    closed = requests.get(f"http://{hma.host}/hma/c/banks", timeout=TIMEOUT_S)
    wrong = requests.get(f"http://leeward:lwk_wrong@{hma.host}/hma/c/banks", timeout=TIMEOUT_S)

    assert (status.status_code, status.text) == (200, "I-AM-ALIVE")
    assert (closed.status_code, wrong.status_code) == (401, 401)
    assert closed.json()["message"]
