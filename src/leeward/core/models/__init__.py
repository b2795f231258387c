"""What core remembers: who, what happened, what is owed, what is sealed."""

from leeward.core.models.accounts import ApiKey, Endpoint, Membership, Organisation, Role, User
from leeward.core.models.ledger import Chain, Chore, Delivery, Record
from leeward.core.models.opened import OpenName
from leeward.core.models.sealed import Blob

__all__ = [
    "ApiKey",
    "Blob",
    "Chain",
    "Chore",
    "Delivery",
    "Endpoint",
    "Membership",
    "OpenName",
    "Organisation",
    "Record",
    "Role",
    "User",
]
