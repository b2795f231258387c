"""The keys of blind tokens: made when they are first needed, one for each statement and week, and published."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import IntegrityError, transaction
from joserfc import jwk

from leeward.age.blind import register
from leeward.age.blind.models import BlindKey
from leeward.age.blind.statements import Statement
from leeward.age.levels import Level

_KEY_BITS, _EXPONENT = 2048, 65_537
_WEEK = timedelta(days=7)
# A token of the last minute of a week must be of use, too.
GOOD_FOR = 2 * _WEEK


def current(statement: Statement, *, at: datetime) -> BlindKey:
    """Return the key that signs a statement in this week, from Monday in UTC.

    Where nobody needed it before it is made and entered in the register, both or neither.
    """
    monday = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    place = {"is_over": statement.is_over, "age": statement.age, "level": statement.level, "begins_at": monday}
    found = BlindKey.objects.filter(**place).first()
    if found is not None and register.has(found):
        return found
    try:
        with transaction.atomic():
            times = {"signs_until_at": monday + _WEEK, "good_until_at": monday + GOOD_FOR}
            key = found or BlindKey.objects.create(**place, **_drawn(), **times)
            register.enter(key, at=at)
    except IntegrityError:
        return BlindKey.objects.get(**place)  # Another process was first; its key is the one.
    return key


def _drawn() -> dict[str, Any]:
    private = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_KEY_BITS)
    public = jwk.RSAKey.import_key(private.public_key())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"kid": public.thumbprint(), "private": pem.decode(), "public": public.as_dict(private=False)}


def private_key(key: BlindKey) -> rsa.RSAPrivateKey:
    """Return the private half."""
    found = serialization.load_pem_private_key(key.private.encode(), password=None)
    assert isinstance(found, rsa.RSAPrivateKey)  # noqa: S101  # Nothing else is written into the column.
    return found


def public_key(key: BlindKey) -> rsa.RSAPublicKey:
    """Return the public half."""
    return jwk.RSAKey.import_key(key.public).public_key


def statement_of(key: BlindKey) -> Statement:
    """Return what every token of a key says."""
    return Statement(key.is_over, key.age, Level(key.level))


def published(*, at: datetime) -> list[dict[str, object]]:
    """Return every key whose tokens are still good, as a JWK with what it says and its times in RFC 3339.

    `number` is its place in the register.
    """
    keys, numbers = BlindKey.objects.filter(good_until_at__gt=at).defer("private"), register.numbers()
    return [{**_jwk(key), "number": numbers.get(key.kid)} for key in keys]


def _jwk(key: BlindKey) -> dict[str, object]:
    return {
        "kty": key.public["kty"],
        "n": key.public["n"],
        "e": key.public["e"],
        "use": "sig",
        "kid": key.kid,
        **statement_of(key).claims,
        "signs_from": key.begins_at.isoformat(),
        "signs_until": key.signs_until_at.isoformat(),
        "good_until": key.good_until_at.isoformat(),
    }


def forget(at: datetime) -> None:
    """Erase the keys that are over, and with them what was spent of them."""
    BlindKey.objects.filter(good_until_at__lte=at).delete()
