"""What was signed blindly verifies, nothing else does, and the four suites of RFC 9474 come out octet for octet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from leeward.engines import blindtokens
from leeward.engines.blindtokens import Suite
from leeward.engines.blindtokens.tests import holder

VECTORS = Path(__file__).parents[6] / "shared" / "data" / "age-vectors" / "rfc9474_blind_rsa.json"
needs_vectors = pytest.mark.skipif(not VECTORS.is_file(), reason="the vectors of RFC 9474 are not beside the project")
MESSAGE = b"thirty-two octets that were drawn"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@pytest.fixture(scope="module")
def signer(key: rsa.RSAPrivateKey) -> blindtokens.Signer:
    return blindtokens.Signer(key)


def token(key: rsa.RSAPrivateKey, signer: blindtokens.Signer, *, suite: Suite) -> bytes:
    blinded = holder.blind(MESSAGE, key.public_key(), salt=bytes(suite.salt_bytes))
    return holder.finish(signer.sign(blinded.message), blinded, key.public_key())


def private_key(vector: dict[str, str]) -> rsa.RSAPrivateKey:
    p, q, n, e, d = (int(vector[name], 16) for name in "pqned")
    public = rsa.RSAPublicNumbers(e=e, n=n)
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=public,
    ).private_key()


@needs_vectors
@pytest.mark.parametrize("suite", list(Suite))
def test_the_suites_of_rfc_9474_come_out_octet_for_octet(suite: Suite) -> None:
    vectors: list[dict[str, Any]] = json.loads(VECTORS.read_text())
    vector = next(vector for vector in vectors if vector["name"] == suite.value)
    octets = {name: bytes.fromhex(vector[name]) for name in ("input_msg", "salt", "blinded_msg", "blind_sig", "sig")}
    key = private_key(vector)
    public = key.public_key()

    blinded = holder.blind(octets["input_msg"], public, salt=octets["salt"], inverse=int(vector["inv"], 16))
    signature = blindtokens.Signer(key).sign(blinded.message)

    assert blinded.message == octets["blinded_msg"]
    assert signature == octets["blind_sig"]
    assert holder.finish(signature, blinded, public) == octets["sig"]
    assert blindtokens.is_signed(public, message=octets["input_msg"], signature=octets["sig"], suite=suite)


@pytest.mark.parametrize("suite", list(Suite))
def test_what_was_signed_blindly_verifies(key: rsa.RSAPrivateKey, signer: blindtokens.Signer, suite: Suite) -> None:
    signature = token(key, signer, suite=suite)

    assert blindtokens.is_signed(key.public_key(), message=MESSAGE, signature=signature, suite=suite)


def test_one_message_is_blinded_differently_each_time_and_signed_the_same(
    key: rsa.RSAPrivateKey, signer: blindtokens.Signer
) -> None:
    first = holder.blind(MESSAGE, key.public_key(), salt=b"")
    second = holder.blind(MESSAGE, key.public_key(), salt=b"")

    assert first.message != second.message
    assert signer.sign(first.message) == signer.sign(first.message)
    suite = Suite.PSS_ZERO_DETERMINISTIC
    assert token(key, signer, suite=suite) == token(key, signer, suite=suite)


def test_another_message_another_key_another_suite_and_every_flipped_bit_are_refused(
    key: rsa.RSAPrivateKey, signer: blindtokens.Signer
) -> None:
    suite = Suite.PSS_DETERMINISTIC
    signature = token(key, signer, suite=suite)
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key()
    zero = Suite.PSS_ZERO_DETERMINISTIC

    assert not blindtokens.is_signed(key.public_key(), message=b"another", signature=signature, suite=suite)
    assert not blindtokens.is_signed(other, message=MESSAGE, signature=signature, suite=suite)
    assert not blindtokens.is_signed(key.public_key(), message=MESSAGE, signature=signature, suite=zero)
    for position in range(len(signature) * 8):
        changed = bytearray(signature)
        changed[position // 8] ^= 1 << position % 8
        assert not blindtokens.is_signed(key.public_key(), message=MESSAGE, signature=bytes(changed), suite=suite)


@pytest.mark.parametrize("signature", [b"", b"\x00", bytes(256), b"\xff" * 256, bytes(10_000)], ids=len)
def test_what_is_no_signature_is_none(key: rsa.RSAPrivateKey, signature: bytes) -> None:
    suite = Suite.PSS_DETERMINISTIC

    assert not blindtokens.is_signed(key.public_key(), message=MESSAGE, signature=signature, suite=suite)


@pytest.mark.parametrize("blinded", [b"", bytes(255), bytes(257), b"\xff" * 256], ids=len)
def test_what_is_no_blinded_message_is_not_signed(signer: blindtokens.Signer, blinded: bytes) -> None:
    with pytest.raises(blindtokens.NotSigned):
        signer.sign(blinded)


def test_a_machine_that_errs_gives_nothing_away(key: rsa.RSAPrivateKey) -> None:
    signer = blindtokens.Signer(key)
    signer._dp ^= 1
    blinded = holder.blind(MESSAGE, key.public_key(), salt=b"")

    with pytest.raises(blindtokens.FaultySignature):
        signer.sign(blinded.message)


def test_a_key_that_is_too_short_is_not_taken() -> None:
    with pytest.raises(ValueError, match="1024 bits"):
        blindtokens.Signer(rsa.generate_private_key(public_exponent=65_537, key_size=1024))
