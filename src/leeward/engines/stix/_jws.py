"""The origin's signature on an object: a detached JWS over its one spelling, kept in our property-extension.

Sources: RFC 7515 appendix A.5 (detached content), RFC 8037 (Ed25519 in JOSE), RFC 8785 (the one spelling of JSON).
"""

import base64
import binascii
import functools
import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from leeward.engines.stix import _strict
from leeward.engines.stix._objects import EXTENSION_ID, EXTENSION_TYPE

ALGORITHM: Final = "EdDSA"
_ALGORITHMS: Final = (ALGORITHM, "Ed25519")  # RFC 9864 gave EdDSA over this curve its own name; both are one thing.
_JWS_LENGTH: Final = 2048  # Characters; ours have about 180.
_JWS_DOTS: Final = 2  # Between header, content and signature.
_SIGNATURE_OCTETS: Final = 64  # RFC 8032


class SignatureFault(StrEnum):
    """What is wrong with a signature."""

    MISSING = "missing"
    UNKNOWN_KEY = "unknown_key"
    WRONG = "wrong"


class BadSignature(ValueError):
    """This object was not signed by its origin as it stands; `code` is a `SignatureFault`. Do not use it; tell the sender."""

    def __init__(self, code: SignatureFault) -> None:
        super().__init__(code)
        self.code = code


def sign_object(known: Mapping[str, object], *, sign: Callable[[bytes], bytes], kid: str) -> dict[str, object]:
    """Return a copy of `known` that carries its signature as `jws` in our property-extension.

    `sign` returns the 64 octets of Ed25519 over what it is given; `kid` names its key to readers. An older signature is
    replaced. Raises `BadObject` for what has no one spelling.
    """
    extension = {"extension_type": EXTENSION_TYPE, **_extension(known)}
    extension.pop("jws", None)
    signed = _with(known, extension)
    header = _header(kid)
    signature = sign(_signing_input(header, _strict.canonical(signed)))
    return _with(signed, extension | {"jws": f"{header}..{_base64url(signature)}"})


def verify_object(octets: bytes, *, keys: Mapping[str, bytes]) -> dict[str, object]:
    """Return the object that `octets` spell once its signature is proved right; nothing in it was rewritten.

    `keys` maps names of keys to the 32 octets of Ed25519 that are good now. Raises `BadObject` for octets that cannot be
    read safely, and `BadSignature` for everything that one of these keys has not signed exactly so.
    """
    known = _strict.read(octets)
    extension = dict(_extension(known))
    if "jws" not in extension:
        raise BadSignature(SignatureFault.MISSING)
    header, kid, signature = _parts(extension.pop("jws"))
    if kid not in keys:
        raise BadSignature(SignatureFault.UNKNOWN_KEY)
    content = _strict.canonical(_with(known, extension))
    try:
        Ed25519PublicKey.from_public_bytes(keys[kid]).verify(signature, _signing_input(header, content))
    except InvalidSignature as error:
        raise BadSignature(SignatureFault.WRONG) from error
    return known


def read_object(octets: bytes) -> dict[str, object]:
    """Return the object that `octets` spell, whoever sent it; nothing in it was proved. Raises `BadObject`.

    Takes the same octets as `verify_object`, so that what is not signed gets in by no wider door.
    """
    known = _strict.read(octets)
    _strict.canonical(known)
    return known


def is_signed(known: Mapping[str, object]) -> bool:
    """Say whether an object carries a signature. That it is right proves only `verify_object`."""
    return "jws" in _extension(known)


def _extension(known: Mapping[str, object]) -> Mapping[str, object]:
    extensions = known.get("extensions")
    extension = extensions.get(EXTENSION_ID) if isinstance(extensions, Mapping) else None
    return extension if isinstance(extension, Mapping) else {}


def _with(known: Mapping[str, object], extension: Mapping[str, object]) -> dict[str, object]:
    extensions = known.get("extensions")
    others = extensions if isinstance(extensions, Mapping) else {}
    return {**known, "extensions": {**others, EXTENSION_ID: dict(extension)}}


@functools.lru_cache(maxsize=16)
def _header(kid: str) -> str:
    return _base64url(json.dumps({"alg": ALGORITHM, "kid": kid}, separators=(",", ":")).encode("utf-8"))


def _parts(jws: object) -> tuple[str, str, bytes]:
    """Return the header as it was sent, the name of the key and the signature. Raises `BadSignature`."""
    header, content, mark = jws.split(".") if isinstance(jws, str) and _may_be_ours(jws) else ("", "", "")
    try:
        said = _strict.read(_unbase64url(header))
        signature = _unbase64url(mark)
    except (ValueError, binascii.Error) as error:
        raise BadSignature(SignatureFault.WRONG) from error
    kid = said.get("kid")
    # `crit` names what a reader must know, and here nothing further is known; `b64` would change what was signed.
    is_known = said.get("alg") in _ALGORITHMS and not {"crit", "b64"} & said.keys()
    if content or not is_known or not isinstance(kid, str) or len(signature) != _SIGNATURE_OCTETS:
        raise BadSignature(SignatureFault.WRONG)
    return header, kid, signature


def _may_be_ours(jws: str) -> bool:
    return len(jws) <= _JWS_LENGTH and jws.isascii() and jws.count(".") == _JWS_DOTS


def _signing_input(header: str, content: bytes) -> bytes:
    return f"{header}.{_base64url(content)}".encode("ascii")


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _unbase64url(text: str) -> bytes:
    """Return the octets of base64url without padding, and only of its one spelling. Raises `ValueError`."""
    octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _base64url(octets) != text:
        raise ValueError("this is not base64url in its one spelling")
    return octets
