"""The browser's half of a blind token, slow and plain, for tests: `static/age/blind.js` does this in life."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from joserfc import jwk

from leeward.age.blind import services, wire
from leeward.engines.blindtokens.tests import holder


@dataclass(frozen=True)
class Drawn:
    """A token before it is signed."""

    key: dict[str, str]
    secret: ec.EllipticCurvePrivateKey
    blinded: holder.Blinded

    @property
    def sent(self) -> bytes:
        """What the signer sees."""
        return self.blinded.message


def draw(key: dict[str, str]) -> Drawn:
    """Draw a token for a published key."""
    secret = ec.generate_private_key(ec.SECP256R1())
    salt = bytes(range(services.SUITE.salt_bytes))
    return Drawn(key, secret, holder.blind(wire.message_of(_point(secret)), public(key), salt=salt))


def public(key: dict[str, str]) -> rsa.RSAPublicKey:
    """Return a published key."""
    return jwk.RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")}).public_key


def shown(drawn: Drawn, signature: bytes, *, origin: str, challenge: str) -> str:
    """Return the token as it travels to a site."""
    finished = holder.finish(signature, drawn.blinded, public(drawn.key))
    r, s = utils.decode_dss_signature(drawn.secret.sign(wire.meant_for(origin, challenge), ec.ECDSA(hashes.SHA256())))
    proof = r.to_bytes(32) + s.to_bytes(32)
    return ".".join([drawn.key["kid"], *(wire.encoded(part) for part in (_point(drawn.secret), finished, proof))])


def _point(secret: ec.EllipticCurvePrivateKey) -> bytes:
    point = serialization.PublicFormat.UncompressedPoint
    return secret.public_key().public_bytes(serialization.Encoding.X962, point)
