"""A proof holds for what it was made for and for nothing else, and whatever happens to the check, the one who asked goes on."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from leeward.age.wallet.requests import DOCTYPE
from leeward.age.zk import checking, child
from leeward.age.zk.checking import Busy, Checker, NotChecked
from leeward.age.zk.tests.conftest import Proven, needs_library
from leeward.engines import mdoc
from leeward.engines.mdoc.tests.published import FOLDER, needs_examples
from leeward.engines.mdoc.tests.wallet import Issuer

FLIPS = 20
HANGS = (sys.executable, "-c", "import time; time.sleep(60)")
IS_KILLED = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
ENDS_WELL = (sys.executable, "-c", "")
# Checks many proofs with the program's own two steps, because loading the circuit for each would take most of the time.
MANY = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("child", sys.argv[1])
child = importlib.util.module_from_spec(spec)
spec.loader.exec_module(child)
system = child._loaded()
line, _, proof = sys.stdin.buffer.read().partition(b"\\n")
order, answers = json.loads(line), []
for bit in order.pop("bits"):
    flipped = bytearray(proof)
    if bit is not None:
        flipped[bit // 8] ^= 1 << bit % 8
    answers.append(child._answer(system, order, bytes(flipped)))
with open("/proc/self/maps") as maps:
    print(json.dumps({"answers": answers, "maps_what_it_brought": "pylongfellow.libs" in maps.read()}))
"""


def holds(
    proven: Proven, claim: mdoc.Claim | None = None, transcript: bytes = b"", checker: Checker | None = None
) -> bool:
    return (checker or Checker()).holds(
        claim or proven.claim, doctype=DOCTYPE, namespace=DOCTYPE, transcript=transcript or proven.transcript
    )


def any_claim(made_at: datetime) -> mdoc.Claim:
    point = b"\x04" + bytes(64)
    return mdoc.Claim(element="age_over_18", signer=point, made_at=made_at, proof=b"x" * 1000)


def asks(checker: Checker, claim: mdoc.Claim) -> bool:
    return checker.holds(claim, doctype=DOCTYPE, namespace=DOCTYPE, transcript=b"\xf6")


@needs_library
def test_a_proof_of_another_program_holds(proven: Proven) -> None:
    assert holds(proven)


@needs_library
def test_it_holds_for_no_other_request_age_signer_moment_or_kind_of_document(proven: Proven) -> None:
    other = mdoc.transcript_openid4vp(
        client_id="redirect_uri:https://x.example", nonce="n", response_uri="https://x.example"
    )
    point = Issuer(name="Somebody").key.public_key().public_numbers()
    signer = b"\x04" + point.x.to_bytes(32) + point.y.to_bytes(32)
    late = proven.claim.made_at + timedelta(seconds=1)

    answers = [
        holds(proven, transcript=other),
        holds(proven, dataclasses.replace(proven.claim, element="age_over_21")),
        holds(proven, dataclasses.replace(proven.claim, signer=signer)),
        holds(proven, dataclasses.replace(proven.claim, made_at=late)),
        Checker().holds(proven.claim, doctype="org.iso.18013.5.1.mDL", namespace=DOCTYPE, transcript=proven.transcript),
    ]

    assert answers == [False] * 5


@needs_library
@pytest.mark.parametrize("proof", [b"", b"\xff" * 1_000_000], ids=["nothing", "a megabyte of ones"])
def test_what_is_no_proof_does_not_hold(proven: Proven, proof: bytes) -> None:
    assert not holds(proven, dataclasses.replace(proven.claim, proof=proof))


@needs_library
def test_no_bit_of_a_proof_can_be_another_and_the_old_openssl_of_the_package_is_not_loaded(proven: Proven) -> None:
    bits = random.Random(26).sample(range(len(proven.proof) * 8), FLIPS)
    order = {
        "bits": [None, *bits],
        "doctype": DOCTYPE,
        "namespace": DOCTYPE,
        "element": proven.claim.element,
        "signer": proven.claim.signer.hex(),
        "made_at": proven.claim.made_at.isoformat(),
        "transcript": proven.transcript.hex(),
    }

    ran = subprocess.run(
        [sys.executable, "-I", "-c", MANY, child.__file__],
        input=json.dumps(order).encode() + b"\n" + proven.proof,
        capture_output=True,
        check=True,
    )

    assert json.loads(ran.stdout) == {"answers": [40] + [41] * FLIPS, "maps_what_it_brought": False}


@needs_library
@needs_examples
def test_a_published_credential_can_be_proven_and_holds() -> None:
    from leeward.age.zk.tests import prover  # Only where the library is.

    published = json.loads((FOLDER / "longfellow_av-over-18_presentation.json").read_text())
    x, y = (int(published[f"issuer_public_key_{axis}"], 16) for axis in "xy")
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    transcript, at = bytes.fromhex(published["transcript"]), datetime.fromisoformat("2026-07-02T00:00:00Z")
    proof = prover.prove(bytes.fromhex(published["mdoc"]), key, transcript=transcript, at=at)

    claim = mdoc.Claim("age_over_18", b"\x04" + x.to_bytes(32) + y.to_bytes(32), at, proof)

    assert Checker().holds(claim, doctype=DOCTYPE, namespace=DOCTYPE, transcript=transcript)


@needs_library
def test_the_circuit_is_the_one_that_we_name() -> None:
    from pylongfellow.backends import google_cpp  # Only where the library is.

    circuit = (Path(child.__file__).parent / "circuits" / "longfellow-v7-1.circuit").read_bytes()
    published = google_cpp.find_zk_spec(mdoc.ZK_SYSTEM, mdoc.CIRCUIT.digest)

    assert google_cpp.circuit_id(circuit) == mdoc.CIRCUIT.digest
    assert published is not None
    assert dataclasses.asdict(published) == mdoc.CIRCUIT.parameters | {"system": mdoc.ZK_SYSTEM}


@pytest.mark.parametrize("command", [HANGS, IS_KILLED, ENDS_WELL, ("/no/such/program",)])
def test_a_check_that_ends_without_an_answer_takes_nothing(
    command: tuple[str, ...], made_at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    checker = Checker(command, longest_s=1.0)

    for _ in range(2):
        with pytest.raises(NotChecked):
            asks(checker, any_claim(made_at))

    assert "zero-knowledge proof not checked" in caplog.text


def test_no_more_wait_than_may_and_none_waits_long(made_at: datetime) -> None:
    checker, claim = Checker(HANGS, longest_s=2.0, wait_s=0.2, waiting=1), any_claim(made_at)
    ends: list[str] = []

    def ask() -> None:
        try:
            asks(checker, claim)
        except (Busy, NotChecked) as problem:
            ends.append(type(problem).__name__)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ends == ["Busy", "Busy", "NotChecked"]
    # The place is free again.
    with pytest.raises(NotChecked):
        asks(checker, claim)


def test_the_program_that_checks_gets_no_secret_of_ours(made_at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWARD_MASTER_KEYS", "1:secret")
    looks = "import os, sys; sys.exit(41 if any(name.startswith('LEEWARD') for name in os.environ) else 40)"

    assert asks(Checker((sys.executable, "-c", looks)), any_claim(made_at))


def test_the_web_process_does_not_load_the_library() -> None:
    looks = "from leeward.age.zk import method; import sys; print('pylongfellow' in sys.modules)"
    looks = f"import django; django.setup(); {looks}"
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "leeward.site.settings"}

    ran = subprocess.run([sys.executable, "-c", looks], env=environ, capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "False"


def test_it_is_possible_on_one_platform_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "arm64")

    assert not checking.is_possible()


def test_whoever_switches_it_on_where_it_cannot_be_is_told_at_the_start() -> None:
    begins = "import platform; platform.machine = lambda: 'arm64'; import leeward.site.settings"
    environ = {**os.environ, "LEEWARD_ZK_CHECKS": "true"}

    ran = subprocess.run([sys.executable, "-c", begins], env=environ, capture_output=True, text=True, check=False)

    assert ran.returncode != 0
    assert "LEEWARD_ZK_CHECKS needs the extra `zk`" in ran.stderr
