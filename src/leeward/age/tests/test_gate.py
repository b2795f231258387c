"""A token opens the area that it was made for, in the browser it was made for, and nothing else."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jws

from leeward.age import gate, tokens
from leeward.age.gate import Area, Code
from leeward.age.levels import Level
from leeward.age.tests.conftest import AT, ORIGIN

NONCE = "AbCdEfGhIjKlMnOpQrStUv"
ADULTS = Area("forum-adults", ORIGIN, 18, None, Level.STANDARD)
OTHER = "https://other.example"
ALLOWED = {"iss", "aud", "nonce", "iat", "exp", "jti", "age_over", "acr"}


def token(*, over: int | None = 18, under: int | None = None, level: Level = Level.STANDARD, at: datetime = AT) -> str:
    return tokens.issue(audience=ORIGIN, nonce=gate.digest(NONCE), over=over, under=under, level=level, at=at)


def code(text: str, area: Area = ADULTS, *, at: datetime = AT, nonce: str | None = NONCE) -> Code | None:
    """Return why a token is refused, or None where it opens the area."""
    try:
        gate.verify(
            text,
            audience=area.audience,
            over=area.over,
            under=area.under,
            level=area.level,
            keys=tokens.key_set(),
            at=at,
            nonce=nonce,
        )
    except gate.Refused as refused:
        return refused.code
    return None


def claims_of(text: str) -> dict[str, object]:
    part = text.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_token_opens_its_own_area() -> None:
    assert code(token()) is None


def test_a_token_says_an_age_and_how_sure_that_is_and_nothing_of_the_visitor() -> None:
    said = claims_of(token())

    assert set(said) == ALLOWED
    assert (said["age_over"], said["acr"], said["aud"]) == (18, "standard", ORIGIN)


def test_the_time_in_a_token_is_that_of_many_others() -> None:
    said = claims_of(token())

    assert said["iat"] == int(AT.replace(second=0).timestamp())
    assert said["exp"] == int(AT.replace(second=0).timestamp()) + 600


def test_the_token_of_one_site_is_refused_at_another() -> None:
    assert code(token(), Area("other", OTHER, 18, None, Level.STANDARD)) == Code.WRONG_AUDIENCE


def test_a_token_is_refused_in_another_browser() -> None:
    assert code(token(), nonce="another-browsers-nonce") == Code.WRONG_BROWSER


def test_a_token_is_over_after_ten_minutes_at_most() -> None:
    text = token()

    assert [code(text, at=AT + timedelta(seconds=later)) for later in (570, 580)] == [None, Code.EXPIRED]


def test_a_token_from_the_future_is_refused() -> None:
    assert code(token(at=AT + timedelta(minutes=5))) == Code.NOT_YET


@pytest.mark.parametrize(("shown", "asked", "opens"), [(18, 16, True), (16, 18, False), (16, 16, True)])
def test_who_is_over_an_age_is_over_every_lower_one(shown: int, asked: int, opens: bool) -> None:
    found = code(token(over=shown), Area("x", ORIGIN, asked, None, Level.STANDARD))

    assert found == (None if opens else Code.WRONG_AGE)


@pytest.mark.parametrize(("shown", "asked", "opens"), [(13, 13, True), (13, 16, True), (16, 13, False)])
def test_who_is_under_an_age_is_under_every_higher_one(shown: int, asked: int, opens: bool) -> None:
    found = code(token(over=None, under=shown), Area("x", ORIGIN, None, asked, Level.STANDARD))

    assert found == (None if opens else Code.WRONG_AGE)


def test_an_adult_does_not_come_among_children_with_a_token_for_adults() -> None:
    assert code(token(over=18), Area("x", ORIGIN, None, 13, Level.STANDARD)) == Code.WRONG_AGE


def test_a_level_that_is_too_low_is_told_apart_from_everything_else() -> None:
    assert code(token(level=Level.BASIC)) == Code.LEVEL_TOO_LOW


def test_a_token_that_was_taken_back_is_refused() -> None:
    text = token()
    jti = str(claims_of(text)["jti"])

    with pytest.raises(gate.Refused) as refused:
        gate.verify(text, audience=ORIGIN, over=18, level=Level.STANDARD, keys=tokens.key_set(), at=AT, revoked={jti})

    assert refused.value.code == Code.REVOKED


def test_a_key_that_is_not_ours_opens_nothing() -> None:
    own, claims = tokens.key_set().keys[0], json.dumps(claims_of(token()))
    forged = jwk.ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "age+jwt", "kid": own.kid}

    with_our_kid = jws.serialize_compact(header, claims, forged)
    with_own_kid = jws.serialize_compact(header | {"kid": "made-up"}, claims, forged)

    assert [code(with_our_kid), code(with_own_kid)] == [Code.WRONG_SIGNATURE, Code.UNKNOWN_KEY]


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_the_algorithm_is_not_for_the_visitor_to_choose(alg: str) -> None:
    head = {"alg": alg, "typ": "age+jwt", "kid": tokens.key_set().keys[0].kid}
    changed = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    _old, payload, signature = token().split(".")

    assert [code(f"{changed}.{payload}.{end}") for end in (signature, "")] == [Code.MALFORMED] * 2


def test_a_token_of_another_kind_by_the_same_key_is_refused() -> None:
    key = tokens.key_set().keys[0]
    other = jws.serialize_compact({"alg": "ES256", "typ": "JWT", "kid": key.kid}, json.dumps(claims_of(token())), key)

    assert code(other) == Code.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        {"age_over": True},
        {"age_over": "18"},
        {"age_over": None},
        {"age_under": 13},
        {"exp": 99999999999},
        {"acr": "certain"},
        {"aud": [ORIGIN, OTHER]},
        {"nonce": 7},
    ],
)
def test_what_we_never_sign_is_refused_even_with_our_signature(change: dict[str, object]) -> None:
    key = tokens.key_set().keys[0]
    claims = json.dumps(claims_of(token(level=Level.STRICT)) | change)
    odd = jws.serialize_compact({"alg": "ES256", "typ": "age+jwt", "kid": key.kid}, claims, key)

    assert code(odd) is not None


def test_no_change_of_one_letter_is_accepted() -> None:
    text = token()
    changed = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text) - 1)]

    assert set(map(code, changed)) <= set(Code)


@given(st.text())
def test_no_text_at_all_breaks_the_check(text: str) -> None:
    assert code(text) in {Code.MALFORMED, Code.UNKNOWN_KEY}


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y", "", "evil", "/" + "a" * 3000]
)
def test_the_way_back_never_leads_to_another_host(path: str) -> None:
    assert gate.local_path(path) == "/"


def test_the_way_out_does_not_tell_which_page_was_wanted() -> None:
    address, cookie = gate.way_out(
        nonce=NONCE, to="/adults/secret-page?q=1", need="forum-adults", leeward="https://l.example"
    )

    assert "secret" not in address
    assert address == f"https://l.example/age/?need=forum-adults&nonce={gate.digest(NONCE)}"
    assert cookie.header.startswith("__Host-age-way=")
    assert cookie.header.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")


def test_the_way_back_leads_to_the_page_that_was_wanted_and_only_in_the_same_browser() -> None:
    _address, cookie = gate.way_out(nonce=NONCE, to="/adults/page?q=1", need="x", leeward="https://l.example")
    another = cookie.value.replace(NONCE, "ZbCdEfGhIjKlMnOpQrStUv")

    page, (kept, gone) = gate.way_back(token(), way=cookie.value, area=ADULTS, keys=tokens.key_set(), at=AT)

    assert (page, kept.name, kept.max_age_s, gone.max_age_s) == ("/adults/page?q=1", "__Host-age", 580, 0)
    with pytest.raises(gate.Refused):
        gate.way_back(token(), way=another, area=ADULTS, keys=tokens.key_set(), at=AT)


def test_a_site_reads_our_keys_from_the_published_set() -> None:
    keys = gate.read_keys(tokens.jwks())

    assert gate.verify(token(), audience=ORIGIN, over=18, level=Level.STANDARD, keys=keys, at=AT).over == 18
    assert "d" not in tokens.jwks()["keys"][0]


@pytest.mark.parametrize("wrong", [{}, {"keys": 7}, {"keys": [{"kty": "EC"}]}])
def test_what_is_no_key_set_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no JWK set"):
        gate.read_keys(wrong)
