"""A request that a partner signed opens the doors once, for a minute, unchanged, and with a key that counts."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpRequest
from django.test import RequestFactory
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from leeward.core import config, signing
from leeward.core.models import Organisation, User
from leeward.core.signing import SigningKey
from leeward.exchange.partners import services as partners
from leeward.exchange.partners import signatures as http_signatures
from leeward.exchange.partners.models import Nonce, Partner, PartnerKey

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 20, tzinfo=UTC)
PATH = "/taxii2/api/collections/made-up/objects/?limit=2&added_after=2026-11-22T19%3A00%3A00Z"
BODY = b'{"objects": []}'


@dataclass(frozen=True)
class Letter:
    """A request on its way, which whoever carries it may change."""

    method: str = "GET"
    path: str = PATH
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return config.current().server.site_url + self.path

    def signed(
        self,
        key: SigningKey,
        *,
        at: datetime = AT,
        nonce: str | None = "made-up-nonce-0001",
        covered: tuple[str, ...] = http_signatures.COVERED,
        digest: bool = True,
        expires: datetime | None = None,
    ) -> Letter:
        """Sign it with the library's own signer, as a partner who does not run Leeward does."""
        resolver = MappingKeyResolver(public_keys={}, private_keys={key.kid: key.private})
        signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
        body = self.body or None
        signer.sign(
            self,
            key_id=key.kid,
            created=at,
            expires=expires,
            nonce=nonce,
            covered_component_ids=covered,
            body=body if digest else None,
        )
        return self

    def arrived(self) -> HttpRequest:
        """Return what Django makes of it, behind a proxy that calls us by another name."""
        headers = self.headers | {"Host": "inside.example"}
        return RequestFactory().generic(self.method, self.path, self.body, "application/taxii+json", headers=headers)


def changed(letter: Letter, *, method: str = "", path: str = "", body: bytes | None = None) -> Letter:
    """Return the letter with something else in it under the same signature."""
    new_body = letter.body if body is None else body
    return Letter(method or letter.method, path or letter.path, new_body, letter.headers)


def new_key() -> SigningKey:
    """Make a key of somebody."""
    return signing.parse(signing.new_entry())[0]


def pinned(partner: Partner, key: SigningKey, *, by: User, valid_until: datetime | None = None) -> PartnerKey:
    jwk: dict[str, object] = {"kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": "what-they-call-it"}
    return partners.pin_key(partner, jwk, valid_until=valid_until, by=by, at=AT - timedelta(days=1))


def opened(letter: Letter, *, at: datetime = AT) -> Partner | None:
    return http_signatures.request_signed_by(letter.arrived(), at=at)


@pytest.fixture
def dans(db: None) -> Partner:
    """Dan's hotline, which takes part."""
    organisation = Organisation.objects.create(slug="dans-hotline", name="Dan's", kind=Organisation.Kind.HOTLINE)
    return partners.take_part(organisation, at=AT - timedelta(days=2), group=Partner.Group.HOTLINES)


@pytest.fixture
def other(db: None) -> Partner:
    """Another partner, with a key of its own."""
    organisation = Organisation.objects.create(slug="other", name="Other", kind=Organisation.Kind.PROVIDER)
    return partners.take_part(organisation, at=AT - timedelta(days=2))


@pytest.fixture
def key(dans: Partner, olga: User) -> SigningKey:
    """Dan's key, pinned."""
    made = new_key()
    pinned(dans, made, by=olga)
    return made


def test_a_signed_request_opens_for_its_partner(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter().signed(key)) == dans


def test_a_signed_body_opens_for_its_partner(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter("POST", body=BODY).signed(key)) == dans


def test_what_we_sign_ourselves_opens_at_another_leeward(dans: Partner, key: SigningKey) -> None:
    letter = Letter("POST", body=BODY)
    nonce = secrets.token_urlsafe(16)
    headers = http_signatures.signed_headers("POST", letter.url, body=BODY, key=key, nonce=nonce, at=AT)

    assert opened(Letter("POST", body=BODY, headers=headers)) == dans


def test_a_request_without_a_signature_is_nobodys(dans: Partner) -> None:
    assert opened(Letter()) is None


def test_the_same_request_again_is_nobodys(dans: Partner, key: SigningKey) -> None:
    letter = Letter().signed(key)

    assert opened(letter) == dans
    assert opened(letter) is None
    assert opened(letter, at=AT + timedelta(seconds=59)) is None


def test_a_second_request_with_a_nonce_of_its_own_opens(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter().signed(key)) == dans
    assert opened(Letter().signed(key, nonce="made-up-nonce-0002")) == dans


def test_two_partners_may_choose_the_same_nonce(dans: Partner, other: Partner, key: SigningKey, olga: User) -> None:
    theirs = new_key()
    pinned(other, theirs, by=olga)

    assert opened(Letter().signed(key)) == dans
    assert opened(Letter().signed(theirs)) == other


def test_a_refused_request_uses_up_no_nonce(dans: Partner, key: SigningKey) -> None:
    letter = Letter().signed(key)

    assert opened(changed(letter, method="DELETE")) is None
    assert opened(letter) == dans


@pytest.mark.parametrize("nonce", [None, "too-short", "x" * 201])
def test_a_request_without_a_good_nonce_is_nobodys(dans: Partner, key: SigningKey, nonce: str | None) -> None:
    assert opened(Letter().signed(key, nonce=nonce)) is None


def test_a_request_of_ten_minutes_ago_is_nobodys(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter().signed(key, at=AT - timedelta(minutes=10))) is None


@pytest.mark.parametrize(("age_s", "opens"), [(60, True), (61, False), (-5, True), (-6, False)])
def test_a_request_is_good_for_a_minute_and_clocks_may_differ_by_five_seconds(
    dans: Partner, key: SigningKey, age_s: int, opens: bool
) -> None:
    assert (opened(Letter().signed(key, at=AT - timedelta(seconds=age_s))) == dans) is opens


def test_a_request_that_says_it_is_over_is_nobodys(dans: Partner, key: SigningKey) -> None:
    letter = Letter().signed(key, at=AT - timedelta(seconds=30), expires=AT - timedelta(seconds=1))

    assert opened(letter) is None


def test_another_method_is_nobodys(dans: Partner, key: SigningKey) -> None:
    assert opened(changed(Letter().signed(key), method="DELETE")) is None


@pytest.mark.parametrize(
    "path", [PATH.replace("limit=2", "limit=3"), PATH.replace("made-up", "another"), PATH + "&x=1"]
)
def test_another_address_is_nobodys(dans: Partner, key: SigningKey, path: str) -> None:
    assert opened(changed(Letter().signed(key), path=path)) is None


@pytest.mark.parametrize("body", [b'{"objects": [{}]}', b""])
def test_another_body_is_nobodys(dans: Partner, key: SigningKey, body: bytes) -> None:
    assert opened(changed(Letter("POST", body=BODY).signed(key), body=body)) is None


def test_a_body_that_was_added_is_nobodys(dans: Partner, key: SigningKey) -> None:
    assert opened(changed(Letter("POST").signed(key), body=BODY)) is None


def test_a_body_outside_the_signature_is_nobodys(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter("POST", body=BODY).signed(key, digest=False)) is None


@pytest.mark.parametrize("covered", [("@method",), ("@target-uri",), ("@authority", "@path")])
def test_a_signature_over_less_is_nobodys(dans: Partner, key: SigningKey, covered: tuple[str, ...]) -> None:
    assert opened(Letter().signed(key, covered=covered)) is None


def test_what_was_signed_for_another_site_is_nobodys(dans: Partner, key: SigningKey) -> None:
    headers = http_signatures.signed_headers(
        "GET", f"https://elsewhere.example{PATH}", body=b"", key=key, nonce="made-up-nonce-0001", at=AT
    )

    assert opened(Letter(headers=headers)) is None


def test_a_key_that_nobody_pinned_is_nobodys(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter().signed(new_key())) is None


def test_the_key_of_another_partner_speaks_for_that_one_only(
    dans: Partner, other: Partner, key: SigningKey, olga: User
) -> None:
    theirs = new_key()
    pinned(other, theirs, by=olga)
    # They sign with their own key under the name of Dan's.
    borrowed = SigningKey(Ed25519PrivateKey.generate(), key.x, key.kid)

    assert opened(Letter().signed(theirs)) == other
    assert opened(Letter().signed(borrowed)) is None


def test_a_partners_own_word_for_its_key_is_no_name_here(dans: Partner, key: SigningKey) -> None:
    assert opened(Letter().signed(SigningKey(key.private, key.x, "what-they-call-it"))) is None


def test_a_withdrawn_key_is_nobodys(dans: Partner, key: SigningKey, olga: User) -> None:
    partners.withdraw_key(dans.keys.get(), by=olga, at=AT - timedelta(seconds=1))

    assert opened(Letter().signed(key)) is None


def test_an_expired_key_is_nobodys(dans: Partner, olga: User) -> None:
    made = new_key()
    pinned(dans, made, by=olga, valid_until=AT)

    assert opened(Letter().signed(made, at=AT - timedelta(seconds=1)), at=AT - timedelta(seconds=1)) == dans
    assert opened(Letter().signed(made, nonce="made-up-nonce-0002")) is None


def test_a_key_does_not_count_before_it_was_pinned(dans: Partner, key: SigningKey) -> None:
    before = AT - timedelta(days=1, seconds=1)

    assert opened(Letter().signed(key, at=before), at=before) is None


@pytest.mark.parametrize("stop", [partners.suspend, partners.end])
def test_the_key_of_a_partner_that_takes_no_part_is_nobodys(
    dans: Partner, key: SigningKey, olga: User, stop: Callable[..., None]
) -> None:
    stop(dans, by=olga, at=AT)

    assert opened(Letter().signed(key)) is None


def test_the_key_of_a_suspended_partner_opens_again_when_it_is_resumed(
    dans: Partner, key: SigningKey, olga: User
) -> None:
    partners.suspend(dans, by=olga, at=AT)
    partners.resume(dans, by=olga, at=AT)

    assert opened(Letter().signed(key)) == dans


@pytest.mark.parametrize(
    "header",
    [
        "",
        "()",
        'a=("@method" "@target-uri")',
        'a=("@method" "@target-uri");created=1;keyid="x"',
        'a=("@method" "@target-uri");created="now";keyid="x"',
        'a=("@method" "@target-uri");created=999999999999999;keyid="x"',
        'a=("@method");created=1;created=2;keyid="\x7f"',
        "a=" + "(" * 500,
    ],
)
def test_what_is_no_signature_is_nobodys(dans: Partner, header: str) -> None:
    signature = base64.b64encode(b"\0" * 64).decode()

    assert opened(Letter(headers={"Signature-Input": header, "Signature": f"a=:{signature}:"})) is None


def test_nonces_are_forgotten_when_their_requests_are_too_old_anyway(dans: Partner, key: SigningKey) -> None:
    opened(Letter().signed(key))

    http_signatures.forget(AT + timedelta(seconds=69))
    kept = Nonce.objects.count()
    http_signatures.forget(AT + timedelta(seconds=71))

    assert kept == 1
    assert not Nonce.objects.exists()
