"""A wallet that proves: Google's prover, which is another program than the one that checks here."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from pylongfellow import Pylongfellow, mdoc

from leeward.age.zk import child
from leeward.engines.mdoc.tests.wallet import DOCTYPE, Wallet

CIRCUIT = Path(child.__file__).parent / "circuits" / "longfellow-v7-1.circuit"
TRUE = b"\xf5"


def prove(shown: bytes, signer: ec.EllipticCurvePublicKey, *, transcript: bytes, at: datetime) -> bytes:
    """Return the proof that the document in a plain answer says yes to over 18. The answer itself stays with the wallet."""
    numbers = signer.public_numbers()
    system = Pylongfellow(backend="google-cpp")
    system.load_circuit(CIRCUIT.read_bytes(), 7, 1)
    claims = [mdoc.RequestedAttribute(DOCTYPE, "age_over_18", TRUE)]
    return system.prove(shown, mdoc.PublicKey(numbers.x, numbers.y), transcript, claims, at)


def proven(holder: Wallet, signer: ec.EllipticCurvePublicKey, *, transcript: bytes, at: datetime) -> bytes:
    """Return the proof of a wallet for one request."""
    return prove(holder.show("age_over_18", transcript=transcript), signer, transcript=transcript, at=at)
