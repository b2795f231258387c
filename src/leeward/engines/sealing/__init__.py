"""Sealed messages: HPKE (RFC 9180) to a key, and the keys that a code of 16 digits opens."""
