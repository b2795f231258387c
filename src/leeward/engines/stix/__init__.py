"""Signs of known harm as STIX 2.1 objects, both ways, and the values of TAXII 2.1. Plain dictionaries.

What is received: `split_envelope`, then `verify_object` on the octets of each object, then one of the `parse_` functions.
What is sent: one of the functions that return an object, then `sign_object`. `stix.taxii` holds the server's side of
TAXII: media types, timestamps, filters, paging marks and errors.
"""

from leeward.engines.stix import taxii
from leeward.engines.stix._behaviour import Behaviour, Lead, behaviour, is_lead, lead, parse_behaviour, parse_lead
from leeward.engines.stix._envelope import Envelope, split_envelope
from leeward.engines.stix._feedback import Explanation, Feedback, FeedbackKind, opinion, parse_feedback, sighting
from leeward.engines.stix._head import Head
from leeward.engines.stix._jws import BadSignature, SignatureFault, is_signed, read_object, sign_object, verify_object
from leeward.engines.stix._links import Link, Verb, parse_relationship, relationship
from leeward.engines.stix._notice import Notice, NoticeState, notice, parse_notice
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
from leeward.engines.stix._read import parse_indicator, parse_signs
from leeward.engines.stix._sign import AlreadyRevoked, Kind, Legality, NotASign, Sign, Tlp, revoked
from leeward.engines.stix._strict import BadObject, Flaw
from leeward.engines.stix._time import NotATimestamp

__all__ = [
    "AUTHOR_UID",
    "EXTENSION_ID",
    "PUBLISHED_AT",
    "AlreadyRevoked",
    "BadObject",
    "BadSignature",
    "Behaviour",
    "Envelope",
    "Explanation",
    "Feedback",
    "FeedbackKind",
    "Flaw",
    "Head",
    "Kind",
    "Lead",
    "Legality",
    "Link",
    "NotASign",
    "NotATimestamp",
    "Notice",
    "NoticeState",
    "Sign",
    "SignatureFault",
    "Tlp",
    "Verb",
    "author",
    "behaviour",
    "extension_definition",
    "identity",
    "indicator",
    "is_lead",
    "is_signed",
    "lead",
    "marking",
    "marking_id",
    "notice",
    "opinion",
    "parse_behaviour",
    "parse_feedback",
    "parse_indicator",
    "parse_lead",
    "parse_notice",
    "parse_relationship",
    "parse_signs",
    "read_object",
    "relationship",
    "revoked",
    "sighting",
    "sign_object",
    "split_envelope",
    "taxii",
    "verify_object",
]
