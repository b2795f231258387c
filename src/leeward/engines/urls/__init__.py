"""Addresses as people report them, made comparable: one spelling for each, and public ones told from private ones.

Nothing here asks the network. A public *name* can still point at a private *machine*, so whoever connects to a
reported address checks the resolved number as well.
"""

from leeward.engines.urls._address import canonical, host_of, prefixes
from leeward.engines.urls._public import PrivateAddress, PrivateReason, dns_name_of, is_public, refuse_private
from leeward.engines.urls._refusal import URL_LENGTH, NotAnAddress, Reason

__all__ = [
    "URL_LENGTH",
    "NotAnAddress",
    "PrivateAddress",
    "PrivateReason",
    "Reason",
    "canonical",
    "dns_name_of",
    "host_of",
    "is_public",
    "prefixes",
    "refuse_private",
]
