"""A sign of known harm as one value that is right from the start."""

import re
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from leeward.engines.stix import _time

CONFIDENCE_MAX: Final = 100  # STIX 2.1 section 3.2
PDQ_BITS: Final = 256  # pdq/README.md, facebook/ThreatExchange
TERM_LENGTH: Final = 250  # Characters of a category, label or status. STIX 2.1 section 3.1 bounds names so.
VALUE_LENGTH: Final = 2048  # Characters of an address.
COUNT_MAX: Final = 2**31 - 1  # What every database holds as an integer.
ENTRIES_MAX: Final = 100  # Labels, or legal views, of one sign: far above real use, far below an attack.


class Kind(StrEnum):
    """What a sign recognises."""

    PDQ = "pdq"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    URL = "url"
    DOMAIN = "domain"


class Tlp(StrEnum):
    """How far a sign may travel. Source: FIRST, Traffic Light Protocol 2.0."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber_strict"
    RED = "red"


HEX_DIGITS: Final = {Kind.PDQ: 64, Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64}
_HEX: Final = re.compile(r"[0-9a-f]+")


class NotASign(ValueError):
    """Leeward cannot hold this sign, or what is said of one. `path` names the place; correct it, or leave the object out."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class AlreadyRevoked(ValueError):
    """STIX allows no version after a revocation. Publish a new sign with a new id instead."""


@dataclass(frozen=True, slots=True)
class Legality:
    """How one jurisdiction sees the material: `status` there, and the law or list that `basis` names."""

    jurisdiction: str
    status: str
    basis: str

    def __post_init__(self) -> None:
        for name in ("jurisdiction", "status", "basis"):
            check_term(getattr(self, name), path=f"legality.{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One version of one sign of known harm.

    `value` is lower-case hexadecimal for hashes and canonical for addresses. `max_distance` counts bits of 256 and
    belongs to PDQ only. `confidence` is 0 to 100, `reviews` counts independent people. Times are aware; STIX carries
    them to the millisecond. Raises `NotASign` that names the field.
    """

    uid: uuid.UUID
    kind: Kind
    value: str
    category: str
    confidence: int
    reviews: int
    tlp: Tlp
    valid_from: datetime
    created: datetime
    modified: datetime
    created_by: uuid.UUID
    valid_until: datetime | None = None
    severity: int | None = None
    max_distance: int | None = None
    legality: tuple[Legality, ...] = ()
    labels: tuple[str, ...] = ()
    revoked: bool = False

    def __post_init__(self) -> None:
        self._check_words()
        self._check_numbers()
        self._check_times()

    def _check_words(self) -> None:
        for name in ("uid", "created_by"):
            if getattr(self, name).variant != uuid.RFC_4122:
                raise NotASign(name, "this UUID is not of the RFC 4122 variant, which STIX demands; make a new one")
        if digits := HEX_DIGITS.get(self.kind):
            if len(self.value) != digits or not _HEX.fullmatch(self.value):
                raise NotASign("value", f"a {self.kind} is {digits} lower-case hexadecimal digits; write it so")
        else:
            check_term(self.value, path="value", within=VALUE_LENGTH)
        check_term(self.category, path="category")
        for label in self.labels:
            check_term(label, path="labels")
        for name in ("legality", "labels"):
            if len(getattr(self, name)) > ENTRIES_MAX:
                raise NotASign(name, f"more than {ENTRIES_MAX} entries; keep those that matter")

    def _check_numbers(self) -> None:
        _check_range(self.confidence, path="confidence", most=CONFIDENCE_MAX)
        _check_range(self.reviews, path="reviews", most=COUNT_MAX)
        if self.severity is not None:
            _check_range(self.severity, path="severity", most=COUNT_MAX)
        if self.max_distance is not None:
            if self.kind is not Kind.PDQ:
                raise NotASign("max_distance", f"a {self.kind} matches exactly or not at all; leave the distance out")
            _check_range(self.max_distance, path="max_distance", most=PDQ_BITS)

    def _check_times(self) -> None:
        created, modified, valid_from = (self._cut(name) for name in ("created", "modified", "valid_from"))
        if modified < created:
            raise NotASign("modified", "a version cannot be older than its object; correct the time")
        # STIX writes milliseconds, so a shorter validity than that would vanish on the way.
        if self.valid_until is not None and self._cut("valid_until") <= valid_from:
            raise NotASign("valid_until", "validity ends before it begins; choose a later end")

    def _cut(self, name: str) -> datetime:
        try:
            return _time.cut(getattr(self, name))
        except _time.NotATimestamp as error:
            raise NotASign(name, str(error)) from error


def revoked(sign: Sign, *, at: datetime) -> Sign:
    """Return the last version of `sign`: the same id, revoked, modified at `at` or just after the version before.

    STIX tells versions apart by the millisecond, so a revocation in the same one is moved to the next.
    Raises `AlreadyRevoked`, and `NotATimestamp` without a time zone.
    """
    if sign.revoked:
        raise AlreadyRevoked("this sign is revoked already; publish a new one instead")
    just_after = _time.cut(sign.modified) + timedelta(milliseconds=1)
    return replace(sign, revoked=True, modified=max(_time.cut(at), just_after))


def check_term(text: str, *, path: str, within: int = TERM_LENGTH) -> None:
    """Raise `NotASign` for a text that is empty, longer than `within` characters or holds control characters."""
    if not 0 < len(text) <= within:
        raise NotASign(path, f"this must have 1 to {within} characters; fill it in or shorten it")
    # Control characters and lone surrogates ("Cc", "Cs") break patterns, screens and UTF-8.
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise NotASign(path, "this holds control characters; remove them")


def _check_range(number: int, *, path: str, most: int) -> None:
    if not 0 <= number <= most:
        raise NotASign(path, f"this must be 0 to {most}; correct it")
