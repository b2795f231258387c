"""Tokens that are signed unseen: whoever signs one does not recognise it when it is spent. Plain values in and out.

Source: RFC 9474, RSA Blind Signatures. The holder blinds a message, `Signer` signs what it cannot read, the holder takes the blind
off, and anybody sees with the public key that the message was signed.
"""

from leeward.engines.blindtokens._signing import FaultySignature, NotSigned, Signer
from leeward.engines.blindtokens._suites import Suite, is_signed

__all__ = ["FaultySignature", "NotSigned", "Signer", "Suite", "is_signed"]
