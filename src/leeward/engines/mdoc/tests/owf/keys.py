"""Print the keys and certificates from which `wallet.mjs` makes `answer.json`. Usage: python keys.py > KEYS.json"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwk

from leeward.engines.mdoc.tests.wallet import Issuer


def _jwk(key: ec.EllipticCurvePrivateKey, *, private: bool) -> dict[str, Any]:
    return {**jwk.ECKey.import_key(key).as_dict(private=private), "alg": "ES256"}


def main() -> None:
    """Make an issuer and a device."""
    issuer, device = Issuer(), ec.generate_private_key(ec.SECP256R1())
    given = {
        "root": base64.b64encode(issuer.anchor).decode(),
        "signer_certificate": base64.b64encode(issuer.signer.public_bytes(Encoding.DER)).decode(),
        "signer_key": _jwk(issuer.key, private=True),
        "device_key": _jwk(device, private=True),
        "device_key_public": _jwk(device, private=False),
    }
    json.dump(given, sys.stdout)


if __name__ == "__main__":
    main()
