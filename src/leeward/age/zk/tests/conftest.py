"""Bea's wallet proves, for one request whose secrets are fixed, so that one proof serves all tests: making it takes seconds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from leeward.age.tests.conftest import adults, children, client, forum, teens
from leeward.age.wallet import requests
from leeward.age.wallet.tests.conftest import examplia, operator, trusted
from leeward.age.zk import checking
from leeward.engines import mdoc
from leeward.engines.mdoc.tests.wallet import Issuer

__all__ = ["adults", "children", "client", "examplia", "forum", "operator", "teens", "trusted"]

UID = uuid.UUID("00000000-0000-4000-8000-00000000abcd")
NONCE = "w" * 43
needs_library = pytest.mark.skipif(
    not checking.is_possible(), reason="the library for zero-knowledge proofs is not installed, or not for this machine"
)


@dataclass(frozen=True)
class Proven:
    """A proof, and what it was made for."""

    proof: bytes
    claim: mdoc.Claim
    transcript: bytes
    answer: bytes


@pytest.fixture(scope="session")
def made_at() -> datetime:
    """When Bea's wallet proves."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture(scope="session")
def proven(examplia: Issuer, made_at: datetime) -> Proven:
    """Bea's proof for the request of `UID` and `NONCE` from another device."""
    from leeward.age.zk.tests import prover  # Only where the library is: the tests that need it are skipped without.

    to = requests.address(UID, requests.Where.THERE)
    transcript = mdoc.transcript_openid4vp(client_id=to.client_id, nonce=NONCE, response_uri=to.response_uri)
    holder, signer = examplia.issue({18: True}), examplia.key.public_key()
    proof = prover.proven(holder, signer, transcript=transcript, at=made_at)
    answer = examplia.zk_answer(proof, made_at=made_at)
    claim = mdoc.claim(
        answer,
        doctype=requests.DOCTYPE,
        namespace=requests.DOCTYPE,
        asked={"age_over_18"},
        trusted=mdoc.Trust([examplia.anchor]),
        at=made_at,
    )
    return Proven(proof, claim, transcript, answer)


@pytest.fixture
def switched_on(settings: Any) -> None:
    """The operator offers zero-knowledge proofs."""
    settings.LEEWARD = replace(settings.LEEWARD, age=replace(settings.LEEWARD.age, zk_checks=True))
