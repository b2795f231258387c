"""A person trusts issuers; a list proposes and withdraws; what is no certificate is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from leeward.age.issuers import certificates, fetching, services
from leeward.age.issuers.models import Form, IssuerList
from leeward.age.issuers.models import Issuer as Row
from leeward.age.issuers.tests.conftest import browser_of, pem
from leeward.core.models import Record, User
from leeward.engines import mdoc
from leeward.engines.mdoc.tests import wallet
from leeward.engines.mdoc.tests.wallet import Issuer

AT = wallet.NOW
PAGE = "/age/operator/issuers/"


def states() -> dict[str, str]:
    return {row.name: row.state for row in Row.objects.all()}


def counts(issuer: Issuer) -> bool:
    """Say whether a proof of the issuer counts now."""
    answer = issuer.issue({18: True}).show("age_over_18", transcript=b"\xf6")
    try:
        mdoc.verify(
            answer,
            transcript=b"\xf6",
            doctype=wallet.DOCTYPE,
            namespace=wallet.DOCTYPE,
            asked={"age_over_18"},
            trusted=services.trusted(),
            at=AT,
        )
    except mdoc.Refused:
        return False
    return True


def followed() -> IssuerList:
    return services.follow(Form.MDOC, "https://lists.example/issuers.pem", at=AT)


def test_a_proof_counts_once_its_issuer_is_trusted_and_until_it_is_withdrawn(dan: User, examplia: Issuer) -> None:
    before = counts(examplia)

    services.add(Form.MDOC, pem(examplia), by=dan, at=AT)
    trusted = counts(examplia)
    row = Row.objects.get()
    services.withdraw(row, by=dan, at=AT)

    assert (before, trusted, counts(examplia)) == (False, True, False)
    services.trust(row, by=dan, at=AT)
    assert counts(examplia)
    kinds = list(Record.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["issuers.IssuerTrusted", "issuers.IssuerWithdrawn", "issuers.IssuerTrusted"]


def test_what_is_trusted_in_one_form_does_not_count_in_the_other(dan: User, examplia: Issuer) -> None:
    services.add(Form.SD_JWT, pem(examplia), by=dan, at=AT)

    assert services.certificates_of(Form.SD_JWT) == (examplia.anchor,)
    assert not counts(examplia)


def test_an_issuer_is_decided_once_by_two_people(dan: User, examplia: Issuer) -> None:
    services.add(Form.MDOC, pem(examplia), by=dan, at=AT)
    row = Row.objects.get()

    services.withdraw(row, by=dan, at=AT)

    with pytest.raises(services.IssuerMoved):
        services.withdraw(row, by=dan, at=AT)


def test_the_same_file_twice_adds_nothing(dan: User, examplia: Issuer) -> None:
    both = pem(examplia) + pem(examplia)

    assert [services.add(Form.MDOC, both, by=dan, at=AT) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(
    "file", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_refused(file: bytes) -> None:
    with pytest.raises(certificates.NoCertificates):
        certificates.read(file)


def test_the_certificate_of_a_signer_is_not_taken_for_an_issuers(examplia: Issuer) -> None:
    signer = examplia.signer.public_bytes(Encoding.PEM)

    with pytest.raises(certificates.NoCertificates):
        certificates.read(signer)
    assert [found.der for found in certificates.read(signer + pem(examplia))] == [examplia.anchor]


def test_what_a_list_names_waits_for_a_person(dan: User, examplia: Issuer) -> None:
    services.take(followed(), certificates.read(pem(examplia)), at=AT)

    assert list(states().values()) == ["waiting"]
    assert not counts(examplia)


def test_what_is_gone_from_a_list_counts_no_more_and_waits_again_once_it_is_back(
    dan: User, examplia: Issuer, ruritania: Issuer
) -> None:
    source, both = followed(), certificates.read(pem(examplia) + pem(ruritania))
    services.take(source, both, at=AT)
    for row in Row.objects.all():
        services.trust(row, by=dan, at=AT)

    services.take(source, certificates.read(pem(ruritania)), at=AT + timedelta(days=1))
    gone = counts(examplia), counts(ruritania)
    services.take(source, both, at=AT + timedelta(days=2))

    assert gone == (False, True)
    assert states() == {"CN=Ages of Examplia": "waiting", "CN=Ages of Ruritania": "trusted"}


def test_whom_a_person_withdrew_a_list_does_not_bring_back(dan: User, examplia: Issuer) -> None:
    source, found = followed(), certificates.read(pem(examplia))
    services.take(source, found, at=AT)
    services.withdraw(Row.objects.get(), by=dan, at=AT)

    services.take(source, found, at=AT + timedelta(days=1))

    assert list(states().values()) == ["withdrawn"]


def test_a_list_withdraws_nobody_whom_a_person_put_in(dan: User, examplia: Issuer, ruritania: Issuer) -> None:
    services.add(Form.MDOC, pem(examplia), by=dan, at=AT)

    services.take(followed(), certificates.read(pem(ruritania)), at=AT)

    assert counts(examplia)


def test_a_list_that_is_followed_no_more_leaves_whom_a_person_trusted(
    dan: User, examplia: Issuer, ruritania: Issuer
) -> None:
    source = followed()
    services.take(source, certificates.read(pem(examplia) + pem(ruritania)), at=AT)
    services.trust(Row.objects.get(name__contains="Examplia"), by=dan, at=AT)

    services.unfollow(source)

    assert states() == {"CN=Ages of Examplia": "trusted"}


class _Answers(BaseHTTPRequestHandler):
    """Answers every request with what the server was told."""

    def do_GET(self) -> None:
        status, body, headers = self.server.told  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


class ListServer:
    """The server of a list, on this machine."""

    def __init__(self) -> None:
        self.server = HTTPServer(("127.0.0.1", 0), _Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}/issuers.pem"
        self.tell(200, b"")

    def tell(self, status: int, body: bytes, **headers: str) -> None:
        self.server.told = (status, body, headers)  # type: ignore[attr-defined]


@pytest.fixture
def server() -> Iterator[ListServer]:
    made = ListServer()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_a_list_is_asked_when_it_is_due(db: None, server: ListServer, examplia: Issuer) -> None:
    source = services.follow(Form.MDOC, server.address, at=AT)
    server.tell(200, pem(examplia))

    services.refresh(AT - timedelta(seconds=1))
    early = states()
    services.refresh(AT)

    source.refresh_from_db()
    assert early == {}
    assert list(states().values()) == ["waiting"]
    assert (source.error, source.fetched_at, source.next_at) == ("", AT, AT + timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b"", "refused"),
        (302, b"", "refused"),
        (200, b"", "no_certificates"),
        (200, b"<html>sign in first</html>", "no_certificates"),
        (200, b"x" * (certificates.MOST_BYTES + 1), "too_large"),
    ],
    ids=["gone", "led elsewhere", "empty", "another page", "too large"],
)
def test_a_list_that_fails_withdraws_nobody_and_is_asked_again_in_an_hour(
    dan: User, server: ListServer, examplia: Issuer, status: int, body: bytes, error: str
) -> None:
    source = services.follow(Form.MDOC, server.address, at=AT)
    services.take(source, certificates.read(pem(examplia)), at=AT)
    services.trust(Row.objects.get(), by=dan, at=AT)
    server.tell(status, body, Location="/elsewhere")

    services.refresh(AT + timedelta(days=1))

    source.refresh_from_db()
    assert (source.error, source.next_at) == (error, AT + timedelta(days=1, hours=1))
    assert counts(examplia)


def test_a_list_that_is_not_there_says_so() -> None:
    with pytest.raises(fetching.NotFetched, match="unreachable"):
        fetching.fetch("http://127.0.0.1:1/issuers.pem")
    with pytest.raises(fetching.NotFetched, match="not_an_address"):
        fetching.fetch("gopher://lists.example/")


def test_the_operator_puts_a_file_in_and_takes_trust_back(dan: User, examplia: Issuer) -> None:
    browser = browser_of(dan)
    file = SimpleUploadedFile("issuers.pem", pem(examplia))

    added = browser.post(f"{PAGE}add", {"file-form": "mdoc", "file-file": file}, follow=True)
    row = Row.objects.get()
    withdrawn = browser.post(f"{PAGE}{row.uid}/withdraw", follow=True)
    trusted = browser.post(f"{PAGE}{row.uid}/trust", follow=True)

    assert "Issuers that count from now on: 1." in added.content.decode()
    assert "Its proofs count no more." in withdrawn.content.decode()
    assert "Its proofs count now." in trusted.content.decode()
    assert row.decided_by == dan


def test_the_operator_follows_a_list_and_stops(dan: User) -> None:
    browser, form = browser_of(dan), {"list-form": "mdoc", "list-address": "https://lists.example/issuers.pem"}

    browser.post(f"{PAGE}lists/follow", form)
    twice = browser.post(f"{PAGE}lists/follow", form)
    plain = browser.post(f"{PAGE}lists/follow", form | {"list-address": "http://lists.example/issuers.pem"})

    assert (twice.status_code, plain.status_code) == (422, 422)
    browser.post(f"{PAGE}lists/{IssuerList.objects.get().uid}/unfollow")
    assert not IssuerList.objects.exists()


@pytest.mark.parametrize(
    "file", [b"no certificate", b"", b"x" * (certificates.MOST_BYTES + 1)], ids=["text", "empty", "large"]
)
def test_a_file_without_certificates_is_refused_with_words(dan: User, file: bytes) -> None:
    answer = browser_of(dan).post(
        f"{PAGE}add", {"file-form": "mdoc", "file-file": SimpleUploadedFile("issuers.pem", file)}
    )

    assert answer.status_code == 422
    assert not Row.objects.exists()


def test_eve_gets_nothing(dan: User, eve: User, examplia: Issuer) -> None:
    services.add(Form.MDOC, pem(examplia), by=dan, at=timezone.now())
    row, source, browser = Row.objects.get(), followed(), browser_of(eve)

    answers = [
        browser.get(PAGE),
        browser.post(f"{PAGE}add", {"file-form": "mdoc"}),
        browser.post(f"{PAGE}lists/follow", {"list-form": "mdoc", "list-address": "https://eve.example/"}),
        browser.post(f"{PAGE}lists/{source.uid}/unfollow"),
        browser.post(f"{PAGE}{row.uid}/trust"),
        browser.post(f"{PAGE}{row.uid}/withdraw"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert counts(examplia)
    assert IssuerList.objects.count() == 1
