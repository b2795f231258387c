"""An answer through the browser opens with the key of its request, and with nothing else."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from leeward.engines import mdoc
from leeward.engines.mdoc.tests import wallet

KEY = ec.generate_private_key(ec.SECP256R1())
INFO = mdoc.encryption_info(nonce=bytes(16), key=KEY.public_key())
TRANSCRIPT = mdoc.transcript_iso_dc_api(origin="https://age.example", encryption_info="gm")
SEALED = wallet.seal(b"an answer", encryption_info=INFO, transcript=TRANSCRIPT)


def test_the_key_of_the_request_opens_it() -> None:
    assert mdoc.open_sealed(SEALED, key=KEY, transcript=TRANSCRIPT) == b"an answer"


def test_another_key_does_not_open_it() -> None:
    other = ec.generate_private_key(ec.SECP256R1())

    with pytest.raises(mdoc.Refused, match=mdoc.Reason.SEAL):
        mdoc.open_sealed(SEALED, key=other, transcript=TRANSCRIPT)


def test_it_does_not_open_for_the_page_of_another_origin() -> None:
    other = mdoc.transcript_iso_dc_api(origin="https://elsewhere.example", encryption_info="gm")

    with pytest.raises(mdoc.Refused, match=mdoc.Reason.SEAL):
        mdoc.open_sealed(SEALED, key=KEY, transcript=other)


@pytest.mark.parametrize(
    ("sealed", "reason"),
    [
        (["dcapi"], mdoc.Reason.STRUCTURE),
        (["other", {}], mdoc.Reason.STRUCTURE),
        (["dcapi", {}], mdoc.Reason.STRUCTURE),
        (["dcapi", {"enc": b"\x04", "cipherText": b""}], mdoc.Reason.SEAL),
        (["dcapi", {"enc": bytes(65), "cipherText": bytes(32)}], mdoc.Reason.SEAL),
        (["dcapi", {"enc": bytes(65), "cipherText": b""}], mdoc.Reason.SEAL),
    ],
    ids=str,
)
def test_what_is_no_sealed_answer_is_refused(sealed: list[Any], reason: mdoc.Reason) -> None:
    with pytest.raises(mdoc.Refused, match=reason):
        mdoc.open_sealed(cbor2.dumps(sealed), key=KEY, transcript=TRANSCRIPT)


def test_every_change_of_one_bit_is_refused() -> None:
    for position in range(len(SEALED) * 8):
        changed = bytearray(SEALED)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(mdoc.Refused):
            mdoc.open_sealed(bytes(changed), key=KEY, transcript=TRANSCRIPT)
