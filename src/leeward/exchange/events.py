"""What exchange announces, of partners, of sharing, and of the signs of partners. Ids only: neither what a sign names nor whose it is."""

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


@dataclass(frozen=True)
class SharingAdded:
    """A rule lets partners see more, anew or again."""

    rule_uid: str


@dataclass(frozen=True)
class SharingEnded:
    """A rule lets nobody see anything any more."""

    rule_uid: str


@dataclass(frozen=True)
class SignPassedOn:
    """A partner's sign came into force, and its marking lets others have it in the octets that its origin signed."""

    received_uid: str


@dataclass(frozen=True)
class SignTakenBack:
    """The origin of a sign that others may have from us took it back, in octets that it signed."""

    received_uid: str


@dataclass(frozen=True)
class SignAccepted:
    """A person let a partner's sign protect."""

    received_uid: str


@dataclass(frozen=True)
class SignRefused:
    """A person refused a partner's sign that waited, and said why."""

    received_uid: str
    reason: str


@dataclass(frozen=True)
class SignDistrusted:
    """A person took a partner's sign out of force here; its origin still stands by it."""

    received_uid: str
    reason: str


@dataclass(frozen=True)
class SignDecisionUndone:
    """Somebody took the last decision about a partner's sign back."""

    received_uid: str


@dataclass(frozen=True)
class SignDoubted:
    """So many others disagree with a partner's sign that it waits for a person again."""

    received_uid: str
    count: int


@dataclass(frozen=True)
class CanaryMet:
    """A partner told something harmless that was planted. Somebody should talk with its people."""

    received_uid: str


@dataclass(frozen=True)
class CanarySeen:
    """Somebody looked at a partner that told something harmless."""

    received_uid: str


@dataclass(frozen=True)
class SignShown:
    """Somebody asked to see the address in a partner's sign."""

    received_uid: str
