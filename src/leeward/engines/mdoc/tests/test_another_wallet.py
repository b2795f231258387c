"""An issuer and a wallet of another hand, npm's @owf/mdoc, are understood. Their answer was made once, by `owf/wallet.mjs`."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from leeward.engines import mdoc
from leeward.engines.mdoc.tests.wallet import DAY, DOCTYPE, NOW, Issuer

MADE = json.loads((Path(__file__).parent / "owf" / "answer.json").read_text())
ANSWER = base64.urlsafe_b64decode(MADE["answer"] + "=" * (-len(MADE["answer"]) % 4))
TRUSTED = mdoc.Trust([base64.b64decode(MADE["root"])])


def verify(
    answer: bytes = ANSWER, *, nonce: str = MADE["nonce"], trusted: mdoc.Trust = TRUSTED, days: int = 0
) -> mdoc.Shown:
    transcript = mdoc.transcript_openid4vp(client_id=MADE["clientId"], nonce=nonce, response_uri=MADE["responseUri"])
    return mdoc.verify(
        answer,
        transcript=transcript,
        doctype=DOCTYPE,
        namespace=DOCTYPE,
        asked={"age_over_18"},
        trusted=trusted,
        at=NOW + days * DAY,
    )


def test_its_answer_is_taken() -> None:
    assert verify().elements == {"age_over_18": True}


def test_its_answer_is_refused_for_another_request_another_issuer_and_after_its_end() -> None:
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.DEVICE_PROOF):
        verify(nonce="another-request-01234")
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.ISSUER):
        verify(trusted=mdoc.Trust([Issuer().anchor]))
    with pytest.raises(mdoc.Refused, match=mdoc.Reason.EXPIRED):
        verify(days=90)


def test_every_change_of_one_bit_is_refused() -> None:
    taken = []

    for position in range(len(ANSWER) * 8):
        changed = bytearray(ANSWER)
        changed[position // 8] ^= 1 << position % 8
        try:
            verify(bytes(changed))
        except mdoc.Refused:
            continue
        taken.append(position)

    assert taken == []
