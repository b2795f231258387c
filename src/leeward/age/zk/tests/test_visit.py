"""A visitor proves an age in zero knowledge, by link or through the browser, and is offered another way where it does not count."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cbor2
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from leeward.age import attempts
from leeward.age.issuers import services as issuers
from leeward.age.issuers.models import Issuer as IssuerRow
from leeward.age.levels import Kind, Level
from leeward.age.methods import registered
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.tests.conftest import HOST
from leeward.age.wallet import memory, requests
from leeward.age.zk import checking
from leeward.age.zk.checking import Checker
from leeward.age.zk.tests.conftest import NONCE, UID, Proven, needs_library
from leeward.age.zk.tests.test_checking import HANGS, IS_KILLED
from leeward.core import config
from leeward.core.models import User
from leeward.engines import mdoc
from leeward.engines.mdoc.tests import wallet
from leeward.engines.mdoc.tests.wallet import Issuer

STEP = f"/age/attempt/{UID}/"
THERE = f"/age/wallet/answers/{UID}/there"
FORM = "application/x-www-form-urlencoded"
# Whatever proof it is given, this program says yes: for tests of all that is looked at before.
BELIEVES = (sys.executable, "-c", "import sys; sys.exit(40)")

pytestmark = [needs_library, pytest.mark.usefixtures("switched_on")]


def asked(client: Client, requirement: Requirement) -> str:
    """Take the way, with the request for which Bea's proof was made, and return the page."""
    begun = client.post("/age/begin", {"need": requirement.slug, "nonce": "n" * 43, "way": "zk_mdoc"})
    AgeTransaction.objects.filter(uid=begun["Location"].split("/")[3]).update(uid=UID)
    attempt = AgeTransaction.objects.get(uid=UID)
    memory.keep(attempt, dataclasses.replace(memory.begun(attempt), nonce=NONCE))
    return client.get(STEP).content.decode()


def sends(answer: bytes) -> Any:
    """Send an answer as a wallet does: from somewhere else, without a cookie."""
    token = json.dumps({"proof_of_age": [requests.base64url(answer)]})
    return Client(headers={"host": HOST}, enforce_csrf_checks=True).post(THERE, f"vp_token={token}", content_type=FORM)


def ended(client: Client) -> tuple[str, str]:
    """Go on, and return how the attempt ended and why."""
    client.post(STEP)
    attempt = AgeTransaction.objects.get(uid=UID)
    return attempt.state, attempt.reason


def spoilt(examplia: Issuer, proven: Proven, **changes: Any) -> bytes:
    return examplia.zk_answer(proven.proof, made_at=proven.claim.made_at, change=lambda data: data.update(changes))


def test_a_proof_from_another_device_opens_the_page_and_leaves_nothing(
    client: Client, adults: Requirement, trusted: Issuer, proven: Proven, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(client, adults)

    statuses = [sends(proven.answer).status_code for _ in range(2)]

    assert statuses == [200, 404]
    assert ended(client) == ("satisfied", "")
    assert AgeTransaction.objects.get().level == Level.ENHANCED
    capsys.readouterr()
    call_command("dumpdata", "age")
    dump = capsys.readouterr().out
    for secret in (NONCE, proven.proof[:30].hex(), base64.b64encode(proven.proof[:30]).decode()):
        assert secret not in dump


def test_a_proof_through_the_browser_opens_the_page(client: Client, adults: Requirement, trusted: Issuer) -> None:
    from leeward.age.zk.tests import prover  # Only where the library is.

    info = re.search(r'data-encryption="([^"]+)"', asked(client, adults))
    assert info
    transcript, at = mdoc.transcript_iso_dc_api(origin="http://localhost:8000", encryption_info=info[1]), timezone.now()
    holder, at = trusted.issue({18: True}), at.replace(microsecond=0)
    proof = prover.proven(holder, trusted.key.public_key(), transcript=transcript, at=at)
    octets = base64.urlsafe_b64decode(info[1] + "=" * (-len(info[1]) % 4))
    sealed = wallet.seal(trusted.zk_answer(proof, made_at=at), encryption_info=octets, transcript=transcript)

    led = client.post(f"/age/wallet/brought/{UID}/", {"browser_answer": requests.base64url(sealed)})

    assert led["Location"] == STEP
    assert AgeTransaction.objects.get().state == "satisfied"


def test_the_link_asks_in_the_form_that_wallets_read(client: Client, teens: Requirement, trusted: Issuer) -> None:
    link = re.search(r'href="(av://[^"]+)"', asked(client, teens))
    assert link
    fields = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)

    assert json.loads(fields["dcql_query"][0]) == {
        "credentials": [
            {
                "id": "proof_of_age",
                "format": "mso_mdoc_zk",
                "meta": {
                    "doctype_value": "eu.europa.ec.av.1",
                    "zk_system_type": [
                        {
                            "system": "longfellow-libzk-v1",
                            "id": "8d079211715200ff06c5109639245502bfe94aa869908d31176aae4016182121",
                            "circuit_hash": "8d079211715200ff06c5109639245502bfe94aa869908d31176aae4016182121",
                            "num_attributes": 1,
                            "version": 7,
                            "block_enc_hash": 4151,
                            "block_enc_sig": 4096,
                        }
                    ],
                },
                "claims": [
                    {"id": "c0", "path": ["eu.europa.ec.av.1", "age_over_13"]},
                    {"id": "c1", "path": ["eu.europa.ec.av.1", "age_over_18"]},
                ],
                "claim_sets": [["c0"], ["c1"]],
            }
        ]
    }
    assert "mso_mdoc_zk" in json.loads(fields["client_metadata"][0])["vp_formats_supported"]


def test_a_proof_for_another_request_does_not_count(
    client: Client, adults: Requirement, trusted: Issuer, proven: Proven
) -> None:
    asked(client, adults)
    attempt = AgeTransaction.objects.get()
    memory.keep(attempt, dataclasses.replace(memory.begun(attempt), nonce="o" * 43))

    answer = sends(proven.answer)

    assert (answer.status_code, "zk_proof" in answer.json()["detail"]) == (400, True)
    assert ended(client) == ("inconclusive", "zk_proof")


def test_a_proof_for_another_device_does_not_count_on_this_one(
    client: Client, adults: Requirement, trusted: Issuer, proven: Proven
) -> None:
    asked(client, adults)
    token = json.dumps({"proof_of_age": [requests.base64url(proven.answer)]})

    answer = Client(headers={"host": HOST}).post(THERE.replace("there", "here"), f"vp_token={token}", content_type=FORM)

    assert "zk_proof" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("zk_circuit", {"zkSystemId": "137e5a75ce72735a37c8a72da1a8a0a5df8d13365c2ae3d2c2bd6a0e7197c7c6"}),
        ("zk_not_true", {"issuerSigned": {"eu.europa.ec.av.1": [{"elementIdentifier": "age_over_18", "elementValue": False}]}}),
        ("zk_too_much", {"issuerSigned": {"eu.europa.ec.av.1": [{"elementIdentifier": "age_over_16", "elementValue": True}]}}),
        ("zk_not_fresh", {"timestamp": "2020-01-01T00:00:00Z"}),
    ],
)  # fmt: skip
def test_what_was_not_asked_for_is_refused_in_words_before_anything_is_checked(
    reason: str,
    changes: dict[str, Any],
    client: Client,
    adults: Requirement,
    trusted: Issuer,
    proven: Proven,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "timestamp" in changes:
        changes = {"timestamp": cbor2.CBORTag(0, changes["timestamp"])}
    monkeypatch.setattr(checking, "checker", Checker(BELIEVES))
    asked(client, adults)

    answer = sends(spoilt(trusted, proven, **changes))

    assert (answer.status_code, reason in answer.json()["detail"]) == (400, True)
    assert ended(client) == ("inconclusive", reason)


def test_an_issuer_that_nobody_trusts_and_one_that_was_withdrawn_do_not_count(
    client: Client,
    adults: Requirement,
    trusted: Issuer,
    operator: User,
    proven: Proven,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checking, "checker", Checker(BELIEVES))
    asked(client, adults)
    eves = sends(Issuer(name="Somebody", now=trusted.now).zk_answer(proven.proof, made_at=proven.claim.made_at))
    for row in IssuerRow.objects.all():
        issuers.withdraw(row, by=operator, at=timezone.now())

    withdrawn = sends(proven.answer)

    assert ["zk_issuer" in answer.json()["detail"] for answer in (eves, withdrawn)] == [True, True]


@pytest.mark.parametrize("command", [HANGS, IS_KILLED])
def test_a_check_that_hangs_or_is_killed_offers_another_way(
    command: tuple[str, ...],
    client: Client,
    adults: Requirement,
    trusted: Issuer,
    proven: Proven,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checking, "checker", Checker(command, longest_s=0.5))
    asked(client, adults)

    answer = sends(proven.answer)

    assert (answer.status_code, "zk_not_checked" in answer.json()["detail"]) == (400, True)
    assert ended(client) == ("inconclusive", "zk_not_checked")


def test_where_many_wait_the_visitor_reads_it_and_takes_another_way(
    client: Client, adults: Requirement, trusted: Issuer, proven: Proven, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody may be checked, and nobody may wait.
    monkeypatch.setattr(checking, "checker", Checker(waiting=-1))
    asked(client, adults)

    answer = sends(proven.answer)

    assert answer.status_code == 503
    assert ended(client) == ("inconclusive", "zk_busy")
    assert "Many people ask right now." in client.get(STEP).content.decode()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_database_while_a_proof_is_checked(
    client: Client, adults: Requirement, trusted: Issuer, proven: Proven, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    class Watching(Checker):
        def holds(self, claim: mdoc.Claim, *, doctype: str, namespace: str, transcript: bytes) -> bool:
            inside.append(connection.in_atomic_block)
            return super().holds(claim, doctype=doctype, namespace=namespace, transcript=transcript)

    monkeypatch.setattr(checking, "checker", Watching(BELIEVES))
    asked(client, adults)

    assert sends(proven.answer).status_code == 200
    assert inside == [False]


def test_what_is_too_large_is_refused_unread(client: Client, adults: Requirement, trusted: Issuer) -> None:
    asked(client, adults)
    elsewhere = Client(headers={"host": HOST})
    letters = json.dumps({"proof_of_age": ["A" * 2_000_000]})
    hundred_megabytes = {"content-length": str(100 * 1024 * 1024)}

    too_long = elsewhere.post(THERE, f"vp_token={letters}", content_type=FORM)
    far_too_long = elsewhere.post(THERE, "vp_token={}", content_type=FORM, headers=hundred_megabytes)

    assert "token_too_large" in too_long.json()["detail"]
    assert far_too_long.status_code == 413
    assert int(hundred_megabytes["content-length"]) > config.current().server.max_body_bytes


def test_it_is_offered_as_a_document_is_and_for_a_yes_only(
    adults: Requirement, children: Requirement, trusted: Issuer
) -> None:
    method = registered()["zk_mdoc"]

    assert [method.id in {one.id for one in attempts.offered(area)} for area in (adults, children)] == [True, False]
    assert (method.kind, method.top_level) == (Kind.VERIFICATION, Level.ENHANCED)


def test_without_an_issuer_without_the_library_or_switched_off_it_is_not_offered(
    adults: Requirement,
    examplia: Issuer,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    def is_offered() -> bool:
        return "zk_mdoc" in {one.id for one in attempts.offered(adults)}

    without_issuer = is_offered()
    request.getfixturevalue("trusted")
    complete = is_offered()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("platform.machine", lambda: "arm64")
        without_library = is_offered()
    settings.LEEWARD = dataclasses.replace(
        settings.LEEWARD, age=dataclasses.replace(settings.LEEWARD.age, zk_checks=False)
    )

    assert (complete, without_issuer, without_library, is_offered()) == (True, False, False, False)
