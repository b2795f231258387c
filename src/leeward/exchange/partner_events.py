"""What exchange announces about its partners. Ids only: whose key it was stands in its row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartnerInvited:
    """Somebody invited an organisation to exchange signs. Nothing is exchanged yet."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerAccepted:
    """A partner takes part from now on."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerChanged:
    """Somebody corrected what is known of a partner: its group, its purpose, its jurisdictions or its address."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerSuspended:
    """Nothing is exchanged with a partner until somebody resumes it."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerResumed:
    """A suspended partner takes part again."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerEnded:
    """A partner takes no part any more; its keys open nothing, and only a new invitation brings it back."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerTrustChanged:
    """What a partner tells of a category starts to protect by itself now, or waits for a person again."""

    partner_uid: str
    category: str
    is_trusted: bool


@dataclass(frozen=True)
class PartnerDoorKeyMade:
    """A partner got a new key for our doors; those it had before open nothing any more."""

    partner_uid: str


@dataclass(frozen=True)
class PartnerKeyPinned:
    """Somebody pinned a public key of a partner."""

    partner_uid: str
    key_id: int


@dataclass(frozen=True)
class PartnerKeyWithdrawn:
    """A public key of a partner counts no more."""

    partner_uid: str
    key_id: int
