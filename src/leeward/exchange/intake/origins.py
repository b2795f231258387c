"""Whose word some octets are: the partner that sent them, or the one that signed them, as far as its key is pinned here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from leeward.engines import stix
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner

# Beside the categories, an operator can trust a partner that cannot sign to tell us things at all.
UNSIGNED = "unsigned"
# The code for what somebody signed who is no partner of ours: whoever passes it on did nothing wrong.
UNKNOWN = "unknown_origin"


class Refused(Exception):
    """An object that is not taken; nothing of it is kept. `code` is short and repeats nothing of it. Ask its sender."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Told:
    """What one partner tells at one moment. The keys are read once, for as many objects as come."""

    partner: Partner
    at: datetime
    _keys: dict[int, dict[str, bytes]] = field(default_factory=dict)
    _others: dict[str, Partner | None] = field(default_factory=dict)

    def opened(self, octets: bytes) -> tuple[Partner, dict[str, object]]:
        """Return the origin of an object and the object, checked as it came. Raises `Refused`."""
        try:
            origin, known = self._checked(octets)
        except stix.BadObject as error:
            raise Refused(error.code.value) from error
        except stix.BadSignature as error:
            raise Refused(f"signature_{error.code.value}") from error
        if known.get("type") in ("indicator", "sighting", "opinion") and not _is_by(origin, known):
            raise Refused("stranger")
        return origin, known

    def _checked(self, octets: bytes) -> tuple[Partner, dict[str, object]]:
        try:
            return self.partner, stix.verify_object(octets, keys=self._keys_of(self.partner))
        except stix.BadSignature as error:
            known = stix.read_object(octets)
            if error.code == stix.SignatureFault.MISSING:
                return self.partner, self._unsigned(known)
            origin = self._origin(known) if error.code == stix.SignatureFault.UNKNOWN_KEY else None
            if origin is None:
                if error.code == stix.SignatureFault.UNKNOWN_KEY and not _is_by(self.partner, known):
                    raise Refused(UNKNOWN) from error
                raise
            return origin, stix.verify_object(octets, keys=self._keys_of(origin))

    def _unsigned(self, known: dict[str, object]) -> dict[str, object]:
        # What signs refer to - markings, identities - is the same for everybody and carries no signature of ours.
        if known.get("type") in ("indicator", "sighting", "opinion") and not self.partner.trusts(UNSIGNED):
            raise Refused("unsigned")
        return known

    def _origin(self, known: dict[str, object]) -> Partner | None:
        """Return another active partner of ours that is named as the creator, or None."""
        creator = str(known.get("created_by_ref", ""))
        if creator not in self._others:
            self._others[creator] = _partner(creator, besides=self.partner)
        return self._others[creator]

    def _keys_of(self, partner: Partner) -> dict[str, bytes]:
        if partner.pk not in self._keys:
            self._keys[partner.pk] = partners.keys_at(partner, at=self.at)
        return self._keys[partner.pk]


def _is_by(origin: Partner, known: dict[str, object]) -> bool:
    return origin.identity_uid is not None and known.get("created_by_ref") == f"identity--{origin.identity_uid}"


def _partner(creator: str, *, besides: Partner) -> Partner | None:
    try:
        uid = uuid.UUID(creator.removeprefix("identity--"))
    except ValueError:
        return None
    known = Partner.objects.filter(identity_uid=uid, state=Partner.State.ACTIVE).exclude(pk=besides.pk)
    return known.select_related("organisation").first()
