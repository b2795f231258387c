"""What is signed can be checked by anybody who has the published keys, here without one line of our own code."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import stat
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pytest_django import Settings

from leeward.core import config, signing
from leeward.core.settings import WrongSetting

# RFC 8037, appendix A: the key, its thumbprint, and a signature under it.
RFC_SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def entry(seed: str = RFC_SEED) -> str:
    return base64.b64encode(bytes_of(seed)).decode()


def use(settings: Settings, entries: str) -> None:
    storage = dataclasses.replace(settings.LEEWARD.storage, signing_keys=entries)
    settings.LEEWARD = dataclasses.replace(settings.LEEWARD, storage=storage)


def checked(token: str, *, keys: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    """Check a compact JWS as RFC 7515 section 5.2 says and return its claims."""
    header, payload, signature = token.split(".")
    fields = json.loads(bytes_of(header))
    [key] = [key for key in keys["keys"] if key["kid"] == fields["kid"]]
    assert (fields["alg"], key["kty"], key["crv"]) == ("EdDSA", "OKP", "Ed25519")
    public = Ed25519PublicKey.from_public_bytes(bytes_of(key["x"]))
    public.verify(bytes_of(signature), f"{header}.{payload}".encode())
    claims: dict[str, Any] = json.loads(bytes_of(payload))
    return claims


def test_a_key_of_the_standard_has_the_name_of_the_standard(settings: Settings) -> None:
    use(settings, entry())

    [key] = signing.jwks()["keys"]

    assert (key["x"], key["kid"]) == (RFC_X, RFC_KID)
    assert "d" not in key


def test_what_is_signed_can_be_checked_with_the_published_key() -> None:
    claims = {"iss": "https://leeward.example", "iat": 1, "words": "Öl 文"}

    assert checked(signing.sign(claims), keys=signing.jwks()) == claims


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_changed_letter_anywhere_is_noticed(place: int) -> None:
    parts = signing.sign({"iat": 1, "sub": "a report"}).split(".")
    middle = len(parts[place]) // 2
    parts[place] = parts[place][:middle] + ("A" if parts[place][middle] != "A" else "B") + parts[place][middle + 1 :]

    with pytest.raises((InvalidSignature, ValueError)):
        checked(".".join(parts), keys=signing.jwks())


def test_the_same_claims_in_any_order_are_the_same_text() -> None:
    assert signing.sign({"iat": 1, "sub": "x"}) == signing.sign({"sub": "x", "iat": 1})


def test_after_a_change_of_keys_the_new_one_signs_and_the_old_one_is_still_published(settings: Settings) -> None:
    use(settings, entry())
    before = signing.sign({"iat": 1})

    use(settings, f"{signing.new_entry()}\n{entry()}")

    assert checked(before, keys=signing.jwks()) == checked(signing.sign({"iat": 1}), keys=signing.jwks())
    assert [key["kid"] for key in signing.jwks()["keys"]][1] == RFC_KID
    assert signing.sign({"iat": 1}) != before


@pytest.mark.parametrize(
    ("entries", "words"),
    [("", "is empty"), ("!", "entry 1"), (f"{entry()},c2hvcnQ=", "entry 2"), (f"{entry()}\nnonsense", "entry 2")],
)
def test_a_key_that_cannot_be_read_is_counted_and_not_shown(entries: str, words: str) -> None:
    with pytest.raises(WrongSetting, match=words) as refused:
        signing.parse(entries)

    assert entry() not in str(refused.value)
    assert "nonsense" not in str(refused.value)


def test_the_key_is_made_once_in_the_data_folder_and_only_we_may_read_it() -> None:
    path = config.current().server.data_dir / "signing.keys"

    assert path.read_text().strip() == config.current().storage.signing_keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_spelling_of_a_value_does_not_depend_on_its_order() -> None:
    assert signing.canonical({"b": [1, "é"], "a": ""}) == '{"a":"","b":[1,"é"]}'.encode()
    assert hashlib.sha256(signing.canonical({})).hexdigest() == hashlib.sha256(b"{}").hexdigest()
