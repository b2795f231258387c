"""What HMA calls things, and what we call them: signal types, content types and banks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leeward.indicators.models import Category, Kind
from leeward.screening import services
from leeward.screening.hma_doors import Refused
from leeward.screening.models import Answer

# The names are those of ThreatExchange where it has one for the same values.
SIGNAL_TYPES: Mapping[str, Kind] = {
    "pdq": Kind.PDQ,
    "video_md5": Kind.MD5,
    "video_sha256": Kind.SHA256,
    "md5": Kind.MD5,
    "sha1": Kind.SHA1,
    "sha256": Kind.SHA256,
    "text_tlsh": Kind.TLSH,
    "url": Kind.URL,
}
# Which hashes a file of each content type has; the first is the one that HMA's clients know.
CONTENT_TYPES: Mapping[str, tuple[str, ...]] = {
    "photo": ("pdq", "md5", "sha1", "sha256"),
    "video": ("video_md5", "video_sha256"),
    "text": ("text_tlsh",),
    "file": ("md5", "sha1", "sha256"),
}
NO_DISTANCE = "-"  # NO_DISTANCE_STR, threatexchange/signal_type/index.py: of what is equal or is not.
REVIEW = "_REVIEW"
BANKS = tuple(category.value.upper() + end for category in Category for end in ("", REVIEW))


def kind_of(name: str) -> Kind:
    """Return which kind of sign a signal type is; raise `Refused` for a name that is none."""
    if name not in SIGNAL_TYPES:
        raise Refused(400, f"No such SignalType; ask for one of: {', '.join(SIGNAL_TYPES)}")
    return SIGNAL_TYPES[name]


def name_of(kind: Kind, *, among: Iterable[str]) -> str:
    """Return what HMA calls a kind of sign, if it can be by a name of these."""
    names = [*among, *SIGNAL_TYPES]
    return next((name for name in names if SIGNAL_TYPES[name] == kind), str(kind))


def bank_of(sign: services.Sign) -> str:
    """Return the bank that a met sign is in: what a rule does not refuse is only to be looked at."""
    return sign.category.upper() + ("" if sign.answer == Answer.KNOWN else REVIEW)


def distance_of(sign: services.Sign) -> str:
    """Return a distance as HMA writes it."""
    return str(sign.distance) if sign.kind in {Kind.PDQ, Kind.VPDQ, Kind.TLSH} else NO_DISTANCE
