"""DNS cookies towards clients: who shows one that we made has received an answer of ours at that address.

Source: RFC 7873; the layout of our part is that of RFC 9018, with BLAKE2s in the place of SipHash, which the standard
library does not offer. Our cookies are read by nobody but ourselves.
"""

import hashlib
import ipaddress
import struct
from enum import Enum, auto
from typing import Final

CLIENT_OCTETS: Final = 8
LIFE_S: Final = 3600  # RFC 9018, 4.3: one hour, and five minutes into the future.
EARLY_S: Final = 300
_WHOLE_OCTETS: Final = 24
_VERSION: Final = b"\1\0\0\0"
_TIME: Final = struct.Struct("!I")


class Shown(Enum):
    """What a client's cookie option is worth."""

    BROKEN = auto()  # No length that RFC 7873, 4, allows: answer FORMERR.
    NEW = auto()  # No cookie of ours, or an old one.
    OURS = auto()


class Cookies:
    """Make and check cookies with one `secret` of 32 octets, which lives as long as the process."""

    def __init__(self, secret: bytes) -> None:
        """Keep the secret."""
        self._secret = secret

    def check(self, shown: bytes, *, address: str, at_s: int) -> Shown:
        """Tell what the octets of a cookie option from `address` are worth at `at_s` seconds since 1970."""
        if len(shown) != CLIENT_OCTETS and not 16 <= len(shown) <= 40:
            return Shown.BROKEN
        if len(shown) != _WHOLE_OCTETS or shown[8:12] != _VERSION:
            return Shown.NEW
        (made_s,) = _TIME.unpack_from(shown, 12)
        if not -EARLY_S <= at_s - made_s <= LIFE_S:
            return Shown.NEW
        return Shown.OURS if shown == self.make(shown, address=address, at_s=made_s) else Shown.NEW

    def make(self, shown: bytes, *, address: str, at_s: int) -> bytes:
        """Return the octets of the cookie option that answers the client's `shown`."""
        head = shown[:CLIENT_OCTETS] + _VERSION + _TIME.pack(at_s & 0xFFFFFFFF)
        octets = head + ipaddress.ip_address(address.partition("%")[0]).packed
        return head + hashlib.blake2s(octets, digest_size=8, key=self._secret).digest()
