"""The holder's half of RFC 9474, slow and plain, for tests: in life a browser does this."""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class Blinded:
    """What goes to the signer, and what takes the blind off afterwards."""

    message: bytes
    inverse: int


def encode(message: bytes, *, bits: int, salt: bytes) -> bytes:
    """Encode by EMSA-PSS with SHA-384: RFC 8017, section 9.1.1."""
    length = (bits + 7) // 8
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(length - len(salt) - len(digest) - 2) + b"\x01" + salt
    mask = b"".join(hashlib.sha384(digest + n.to_bytes(4)).digest() for n in range(len(block) // 48 + 1))
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + digest + b"\xbc"


def blind(message: bytes, key: rsa.RSAPublicKey, *, salt: bytes, inverse: int | None = None) -> Blinded:
    """Blind a message. `inverse` is drawn where none is given."""
    n, e = key.public_numbers().n, key.public_numbers().e
    encoded = int.from_bytes(encode(message, bits=n.bit_length() - 1, salt=salt))
    while inverse is None or math.gcd(inverse, n) != 1:
        inverse = 1 + secrets.randbelow(n - 1)
    blinded = encoded * pow(pow(inverse, -1, n), e, n) % n
    return Blinded(message=blinded.to_bytes((n.bit_length() + 7) // 8), inverse=inverse)


def finish(signature: bytes, blinded: Blinded, key: rsa.RSAPublicKey) -> bytes:
    """Take the blind off a signature."""
    n = key.public_numbers().n
    return (int.from_bytes(signature) * blinded.inverse % n).to_bytes(len(signature))
