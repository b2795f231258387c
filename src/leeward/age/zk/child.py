"""The program that checks one proof and ends: run by `checking`, never imported for its work.

It reads an order from its standard input, one line of JSON and after it the proof, and answers with its exit status. It knows nothing of
the rest of Leeward. What strangers sent is looked at only after it can open no file and no connection any more, and start no process.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

_CIRCUIT = Path(__file__).parent / "circuits" / "longfellow-v7-1.circuit"
_CIRCUIT_SHA256 = "9016d173d8a579a104591b85826798bfbb03eafa7b376ad18c5344eab3a92769"
_VERSION, _ATTRIBUTES = 7, 1
_TRUE, _NO_CLAIMS = b"\xf5", b"\xa0"  # As CBOR.

# A check was seen to take 590 MB of addresses, nearly all of it touched, and 1 to 2 s of one processor.
_MOST_ADDRESSES_BYTES = 768 * 1024 * 1024
_MOST_CPU_S = 10
_FEW_FILES = 32  # For loading the library.
_NICER = 10


class Answer(IntEnum):
    """How a check ended; the exit status. Any other one is no answer: Python ends with 0, 1 or 2, and a signal gives one below 0."""

    HOLDS = 40
    DOES_NOT_HOLD = 41


def main() -> None:
    """Check the proof of one order."""
    os.nice(_NICER)
    _limit(resource.RLIMIT_AS, _MOST_ADDRESSES_BYTES)
    _limit(resource.RLIMIT_CPU, _MOST_CPU_S)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _FEW_FILES)
    system = _loaded()
    sent = sys.stdin.buffer.read()
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    line, _, proof = sent.partition(b"\n")
    # Without the tidying of Python, which has nothing to tidy here.
    os._exit(_answer(system, json.loads(line), proof))


def _loaded() -> Any:
    """Return the library with the circuit in it.

    The implementation in Rust: it reads what strangers send in a language that keeps memory safe, and loads no OpenSSL.
    """
    from pylongfellow import Pylongfellow  # Under the limits, and in no process but this one.

    circuit = _CIRCUIT.read_bytes()
    if hashlib.sha256(circuit).hexdigest() != _CIRCUIT_SHA256:
        raise SystemExit("the circuit is not the published one; install Leeward anew")
    system = Pylongfellow(backend="isrg-rust")
    system.load_circuit(circuit, _VERSION, _ATTRIBUTES)
    return system


def _answer(system: Any, order: dict[str, str], proof: bytes) -> Answer:
    from pylongfellow import mdoc  # As above.

    signer = bytes.fromhex(order["signer"])
    key = mdoc.PublicKey(int.from_bytes(signer[1:33]), int.from_bytes(signer[33:]))
    claims = [mdoc.RequestedAttribute(order["namespace"], order["element"], _TRUE)]
    transcript, made_at = bytes.fromhex(order["transcript"]), datetime.fromisoformat(order["made_at"])
    try:
        system.verify(key, transcript, claims, made_at, proof, order["doctype"], device_namespaces=_NO_CLAIMS)
    except mdoc.VerifierError:
        return Answer.DOES_NOT_HOLD
    return Answer.HOLDS


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
