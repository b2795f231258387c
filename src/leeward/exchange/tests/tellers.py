"""Partners that tell signs: each with a key of its own, as another Leeward or any other program would sign."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from leeward.core.models import Organisation, User
from leeward.engines import stix
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Teller:
    """Another organisation that signs what it tells."""

    slug: str
    identity_uid: uuid.UUID = field(default_factory=uuid.uuid4)
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def kid(self) -> str:
        return f"{self.slug}-1"

    def joins(self, *, url: str = "", collection: str = "") -> Partner:
        """Take part here, with the key pinned."""
        organisation = Organisation.objects.create(slug=self.slug, name=self.slug, kind=Organisation.Kind.HOTLINE)
        partner = partners.take_part(organisation, at=AT)
        Partner.objects.filter(pk=partner.pk).update(identity_uid=self.identity_uid, url=url, collection=collection)
        partner.refresh_from_db()
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        jwk: dict[str, object] = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid}
        by, _ = User.objects.get_or_create(username="pins-keys")
        partners.pin_key(partner, jwk, valid_until=None, by=by, at=AT - timedelta(days=1))
        return partner

    def sign(self, name: str = "a drawn shape", **changes: object) -> stix.Sign:
        """Return a sign of a made-up file; the same name is the same file."""
        sign = stix.Sign(
            uid=uuid.UUID(bytes=hashlib.sha256(f"{self.slug} {name}".encode()).digest()[:16], version=4),
            kind=stix.Kind.SHA256,
            value=hashlib.sha256(name.encode()).hexdigest(),
            category="bullying",
            confidence=80,
            reviews=2,
            tlp=stix.Tlp.GREEN,
            valid_from=AT,
            created=AT,
            modified=AT,
            created_by=self.identity_uid,
        )
        return replace(sign, **changes)  # type: ignore[arg-type]  # each field by its name

    def known(self, sign: stix.Sign) -> dict[str, object]:
        """Return a sign as a signed object."""
        return self.signed(stix.indicator(sign))

    def signed(self, known: dict[str, object]) -> dict[str, object]:
        return stix.sign_object(known, sign=self.private.sign, kid=self.kid)

    def told(self, sign: stix.Sign) -> bytes:
        """Return the octets of a signed sign."""
        return octets(self.known(sign))

    def disagrees(self, about: stix.Sign, *, at: datetime = AT) -> bytes:
        """Return the octets of a signed opinion against somebody's sign."""
        head = stix.Head(
            uid=uuid.uuid5(self.identity_uid, str(about.uid)),
            created_by=self.identity_uid,
            created=at,
            modified=at,
            tlp=stix.Tlp.GREEN,
        )
        about_id = f"indicator--{about.uid}"
        return octets(self.signed(stix.opinion(head, about=about_id, code=stix.Explanation.FALSE_POSITIVE)))


def octets(known: dict[str, object]) -> bytes:
    """Return an object as it travels, in an order and with spaces that no canonical form has."""
    return json.dumps(known, indent=1).encode()


def trust(partner: Partner, *categories: str) -> None:
    """Let what the partner tells of these categories protect at once."""
    partner.trust = dict.fromkeys(categories, "auto")
    partner.save(update_fields=["trust"])
