"""Published examples that stand beside the project, not in it: their tests say why they skip where they are missing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from leeward.engines import mdoc
from leeward.engines.mdoc._trust import Signer

FOLDER = Path(__file__).parents[6] / "shared" / "data" / "age-vectors"

needs_examples = pytest.mark.skipif(not FOLDER.is_dir(), reason="the published examples are not beside the project")


def octets(name: str) -> bytes:
    """Return the octets of an example, of which some are kept as hexadecimal digits."""
    data = (FOLDER / name).read_bytes()
    return bytes.fromhex(data.decode()) if name.endswith(".hex") else data


class Pinned(mdoc.Trust):
    """Take the certificate inside a document as it is: the roots of some examples were never published with them."""

    def __init__(self) -> None:
        super().__init__([])

    def signer(self, der: bytes, *, at: dt.datetime) -> Signer:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return Signer(
            key=key,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            anchor="pinned",
        )
