"""An age proof app answers by link, by picture or through the browser, and the visitor comes back with one fact."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from leeward.age import attempts
from leeward.age.issuers import services as issuers
from leeward.age.issuers.models import Issuer as IssuerRow
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.tests.conftest import HOST
from leeward.age.wallet import memory, requests
from leeward.core.models import User
from leeward.engines import mdoc
from leeward.engines.mdoc.tests import wallet
from leeward.engines.mdoc.tests.wallet import Issuer, Wallet

ADULT = {18: True}


@dataclass(frozen=True)
class Asked:
    """A request as a wallet reads it."""

    client_id: str
    response_uri: str
    nonce: str
    elements: list[str]

    @property
    def transcript(self) -> bytes:
        return mdoc.transcript_openid4vp(client_id=self.client_id, nonce=self.nonce, response_uri=self.response_uri)


def begun(client: Client, requirement: Requirement, way: str = "eu_mdoc") -> str:
    """Take the way of the app, and return the address of its step."""
    form = {"need": requirement.slug, "nonce": "n" * 43, "way": way}
    return str(client.post("/age/begin", form)["Location"])


def read(link: str) -> Asked:
    """Read a request as a wallet does that was led to it."""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert (fields["response_type"], fields["response_mode"]) == ("vp_token", "direct_post")
    credential = json.loads(fields["dcql_query"])["credentials"][0]
    elements = [claim["path"][-1] for claim in credential["claims"]]
    return Asked(fields["client_id"], fields["response_uri"], fields["nonce"], elements)


def link_on(client: Client, step: str) -> Asked:
    found = re.search(r'href="(av://[^"]+)"', client.get(step).content.decode())
    assert found
    return read(found[1].replace("&amp;", "&"))


def there(asked: Asked) -> Asked:
    """Return the request as it stands in the picture, for another device."""
    uri = asked.response_uri.removesuffix("here") + "there"
    return Asked(f"redirect_uri:{uri}", uri, asked.nonce, asked.elements)


def token(answer: bytes) -> str:
    return json.dumps({"proof_of_age": [base64.urlsafe_b64encode(answer).rstrip(b"=").decode()]})


def sends(asked: Asked, vp_token: str) -> Any:
    """Send an answer as a wallet does: from somewhere else, without a cookie."""
    elsewhere = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    form = f"vp_token={_quoted(vp_token)}"
    path = urlsplit(asked.response_uri).path
    return elsewhere.post(path, form, content_type="application/x-www-form-urlencoded")


def _quoted(text: str) -> str:
    return text.replace("%", "%25").replace("+", "%2B").replace("&", "%26")


def attempt_of(step: str) -> AgeTransaction:
    return AgeTransaction.objects.get(uid=UUID(step.split("/")[3]))


def ended(client: Client, step: str) -> tuple[str, str]:
    """Go on, and return how the attempt ended and why."""
    client.post(step)
    attempt = attempt_of(step)
    return attempt.state, attempt.reason


def brings(client: Client, step: str, answer: str) -> tuple[str, str]:
    """Bring a sealed answer as the browser does that asked a wallet, and return how the attempt ended and why."""
    uid = attempt_of(step).uid
    assert client.post(f"/age/wallet/brought/{uid}/", {"browser_answer": answer})["Location"] == step
    attempt = attempt_of(step)
    return attempt.state, attempt.reason


def test_an_app_on_another_device_answers_and_the_page_goes_on(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))
    state = f"/age/wallet/state/{attempt_of(step).uid}/"
    before = client.get(state).json()

    answer = sends(asked, token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript)))

    assert (answer.status_code, answer.json()) == (200, {})
    assert (before, client.get(state).json()) == ({"is_answered": False}, {"is_answered": True})
    assert ended(client, step) == ("satisfied", "")
    assert attempt_of(step).level == 4


def test_an_app_on_the_same_device_leads_the_visitor_back_with_a_code(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    asked = link_on(client, step)

    answer = sends(asked, token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript)))
    back = urlsplit(answer.json()["redirect_uri"])
    led = client.get(f"{back.path}?{back.query}")

    assert led["Location"] == step
    assert attempt_of(step).state == "satisfied"


def test_somebody_who_had_the_link_opened_by_another_gets_nothing(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    # Eve sends her link to Bea, whose app answers; Eve's browser has no code, and Bea's browser has no attempt.
    step = begun(client, adults)
    asked = link_on(client, step)
    answer = sends(asked, token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript)))
    back = urlsplit(answer.json()["redirect_uri"])
    beas = Client(headers={"host": HOST})

    without_code = client.post(step, {})
    wrong_code = client.post(step, {"code": "made-up"})

    assert (without_code.status_code, wrong_code.status_code) == (422, 422)
    assert beas.get(f"{back.path}?{back.query}").status_code == 404
    assert client.get(f"/age/wallet/state/{attempt_of(step).uid}/").json() == {"is_answered": False}
    assert attempt_of(step).state == "pending"


def test_an_app_answers_through_the_browser(client: Client, adults: Requirement, trusted: Issuer) -> None:
    step = begun(client, adults)
    info = re.search(r'data-encryption="([^"]+)"', client.get(step).content.decode())
    assert info
    transcript = mdoc.transcript_iso_dc_api(origin="http://localhost:8000", encryption_info=info[1])
    answer = trusted.issue(ADULT).show("age_over_18", transcript=transcript)
    octets = base64.urlsafe_b64decode(info[1] + "=" * (-len(info[1]) % 4))
    sealed = wallet.seal(answer, encryption_info=octets, transcript=transcript)

    assert brings(client, step, requests.base64url(sealed)) == ("satisfied", "")


@pytest.mark.parametrize(
    ("answer", "reason"), [("AA", "mdoc_structure"), ("ä", "token_not_base64"), ("A" * 99_999, "token_too_large")]
)
def test_what_is_no_answer_through_the_browser_offers_another_way(
    client: Client, adults: Requirement, trusted: Issuer, answer: str, reason: str
) -> None:
    step = begun(client, adults)
    client.get(step)

    assert brings(client, step, answer) == ("inconclusive", reason)


def test_an_app_that_shows_that_somebody_is_too_young_ends_it(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))

    sends(asked, token(trusted.issue({18: False}).show("age_over_18", transcript=asked.transcript)))

    assert ended(client, step) == ("not_satisfied", "")


def test_over_eighteen_opens_what_asks_for_thirteen(client: Client, teens: Requirement, trusted: Issuer) -> None:
    step = begun(client, teens)
    asked = there(link_on(client, step))

    sends(asked, token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript)))

    assert asked.elements == ["age_over_13", "age_over_18"]
    assert ended(client, step) == ("satisfied", "")


def test_a_childrens_corner_opens_for_a_child_and_not_for_anybody_else(
    client: Client, children: Requirement, trusted: Issuer
) -> None:
    ends = []
    for is_over in (False, True):
        step = begun(client, children)
        asked = there(link_on(client, step))
        sends(asked, token(trusted.issue({13: is_over}).show("age_over_13", transcript=asked.transcript)))
        ends.append(ended(client, step)[0])

    assert ends == ["satisfied", "not_satisfied"]


def test_a_proof_of_an_unknown_issuer_does_not_count_and_another_way_is_offered(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))
    eves = Issuer(name="Somebody", now=trusted.now).issue(ADULT)

    answer = sends(asked, token(eves.show("age_over_18", transcript=asked.transcript)))

    assert answer.status_code == 400
    assert "mdoc_issuer" in answer.json()["detail"]
    assert ended(client, step) == ("inconclusive", "mdoc_issuer")


def test_an_issuer_that_was_withdrawn_counts_no_more_from_the_next_answer_on(
    client: Client, adults: Requirement, trusted: Issuer, operator: User
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))
    for row in IssuerRow.objects.all():
        issuers.withdraw(row, by=operator, at=timezone.now())

    answer = sends(asked, token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript)))

    assert answer.status_code == 400


def test_an_answer_to_one_attempt_does_not_count_for_another(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    holder = trusted.issue(ADULT)
    first, second = begun(client, adults), begun(client, adults)
    asked_first, asked_second = there(link_on(client, first)), there(link_on(client, second))

    answer = sends(asked_second, token(holder.show("age_over_18", transcript=asked_first.transcript)))

    assert "mdoc_device_proof" in answer.json()["detail"]
    assert asked_first.nonce != asked_second.nonce


def test_an_answer_for_another_device_does_not_count_on_this_one(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    asked = link_on(client, begun(client, adults))
    shown = token(trusted.issue(ADULT).show("age_over_18", transcript=there(asked).transcript))

    assert sends(asked, shown).status_code == 400


def test_a_second_answer_is_not_waited_for(client: Client, adults: Requirement, trusted: Issuer) -> None:
    asked = there(link_on(client, begun(client, adults)))
    shown = token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript))

    assert [sends(asked, shown).status_code for _ in range(2)] == [200, 404]


def test_somebody_who_says_no_in_the_app_is_offered_another_way(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))

    answer = Client(headers={"host": HOST}).post(
        urlsplit(asked.response_uri).path, "error=access_denied", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200
    assert ended(client, step) == ("inconclusive", "wallet_declined")


def test_whoever_goes_on_before_the_app_answered_is_told_to_open_it(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    client.get(step)

    answer = client.post(step, {})

    assert answer.status_code == 422
    assert "Open the app first." in answer.content.decode()
    assert attempt_of(step).state == "pending"


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"proof_of_age": "AA"}',
        '{"proof_of_age": []}',
        '{"proof_of_age": ["AA", "AA"]}',
        '{"proof_of_age": [7]}',
        '{"other": ["AA"]}',
        '{"proof_of_age": ["AA"], "other": ["AA"]}',
        '{"proof_of_age": ["ää"]}',
        "[" * 50_000,
        '{"proof_of_age": ["' + "A" * 100_000 + '"]}',
    ],
    ids=lambda sent: sent[:30] or "nothing",
)
def test_what_is_no_answer_is_refused_and_nothing_of_it_is_kept(
    client: Client, adults: Requirement, trusted: Issuer, sent: str
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))

    assert sends(asked, sent).status_code == 400
    remembered = memory.of(attempt_of(step))
    assert remembered is not None
    assert remembered.over == {}
    # The right answer still counts.
    assert sends(asked, token(trusted.issue(ADULT).show("age_over_18", transcript=asked.transcript))).status_code == 200


def test_a_machine_that_sends_answer_after_answer_is_heard_no_more(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    asked = there(link_on(client, begun(client, adults)))

    statuses = [sends(asked, "{}").status_code for _ in range(22)]

    assert statuses == [400] * 20 + [404] * 2


def test_the_doors_of_wallets_open_for_no_other_attempt_and_no_other_browser(
    client: Client, adults: Requirement, trusted: Issuer
) -> None:
    step = begun(client, adults)
    uid = attempt_of(step).uid
    eve = Client(headers={"host": HOST})

    assert eve.get(f"/age/wallet/state/{uid}/").status_code == 404
    assert eve.get(f"/age/wallet/back/{uid}/?code=made-up").status_code == 404
    assert eve.post(f"/age/wallet/brought/{uid}/", {"browser_answer": "AA"}).status_code == 404
    assert eve.post(f"/age/wallet/answers/{uid}/nowhere").status_code == 404
    assert eve.post(f"/age/wallet/answers/{uid}/there", {"vp_token": "{}"}).status_code == 415
    # Nobody asked a wallet yet: the page with the request was not opened.
    assert (
        eve.post(
            f"/age/wallet/answers/{uid}/there", "vp_token={}", content_type="application/x-www-form-urlencoded"
        ).status_code
        == 404
    )


def test_without_an_issuer_the_app_is_not_offered(client: Client, adults: Requirement) -> None:
    assert "eu_mdoc" not in [method.id for method in attempts.offered(adults)]
    assert client.post("/age/begin", {"need": adults.slug, "nonce": "n" * 43, "way": "eu_mdoc"}).status_code == 422


def test_nothing_of_a_proof_is_left_in_the_database(
    client: Client, adults: Requirement, trusted: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    step = begun(client, adults)
    asked = there(link_on(client, step))
    holder: Wallet = trusted.issue(ADULT)
    answer = holder.show("age_over_18", transcript=asked.transcript)
    sends(asked, token(answer))
    client.post(step, {})
    capsys.readouterr()

    call_command("dumpdata", "age")

    dump = capsys.readouterr().out
    attempt = next(row for row in json.loads(dump) if row["model"] == "age.agetransaction")
    fields: dict[str, Any] = attempt["fields"]
    assert (fields["memory"], fields["state"]) == ("", "satisfied")
    signature = holder.auth[3]
    for secret in (asked.nonce, signature.hex(), base64.b64encode(signature).decode(), requests.base64url(answer)[:60]):
        assert secret not in dump


def test_our_query_is_the_one_that_the_profile_prints() -> None:
    assert requests.mdoc_dcql(18) == {
        "credentials": [
            {
                "id": "proof_of_age",
                "format": "mso_mdoc",
                "meta": {"doctype_value": "eu.europa.ec.av.1"},
                "claims": [{"path": ["eu.europa.ec.av.1", "age_over_18"]}],
            }
        ]
    }
