"""Signs of known harm as STIX 2.1 objects, both ways, and the values of TAXII 2.1. Plain dictionaries, no library.

`stix.taxii` holds the server's side of TAXII: media types, timestamps, filters, paging marks and errors.
"""

from leeward.engines.stix import taxii
from leeward.engines.stix._objects import (
    AUTHOR_UID,
    EXTENSION_ID,
    PUBLISHED_AT,
    author,
    extension_definition,
    identity,
    indicator,
    marking,
    marking_id,
)
from leeward.engines.stix._read import parse_indicator
from leeward.engines.stix._sign import AlreadyRevoked, Kind, Legality, NotASign, Sign, Tlp, revoked
from leeward.engines.stix._time import NotATimestamp

__all__ = [
    "AUTHOR_UID",
    "EXTENSION_ID",
    "PUBLISHED_AT",
    "AlreadyRevoked",
    "Kind",
    "Legality",
    "NotASign",
    "NotATimestamp",
    "Sign",
    "Tlp",
    "author",
    "extension_definition",
    "identity",
    "indicator",
    "marking",
    "marking_id",
    "parse_indicator",
    "revoked",
    "taxii",
]
