"""Write signs, and what belongs with them, as STIX 2.1 objects ready for `json.dumps`."""

import uuid
from datetime import UTC, datetime
from typing import Final

from leeward.engines.stix import _pattern
from leeward.engines.stix._sign import Kind, Sign, Tlp
from leeward.engines.stix._time import milliseconds, shortest

SPEC_VERSION: Final = "2.1"
# Drawn once at random and never to change: partners know our extension and its author by them.
AUTHOR_UID: Final = uuid.UUID("3f663abc-31b2-4854-88d5-ee4afa5f4bde")
EXTENSION_ID: Final = "extension-definition--edd97fa4-f4c1-4222-9427-c8071e14049d"
EXTENSION_TYPE: Final = "property-extension"  # STIX 2.1 section 7.3
PUBLISHED_AT: Final = datetime(2026, 11, 21, tzinfo=UTC)  # Version 1.0.0 of the extension.
_REVISED_AT: Final = datetime(2026, 11, 22, tzinfo=UTC)  # Version 1.1.0. A new version of the extension moves it.

# The OASIS marking objects for TLP 2.0, whose ids, times and extension are fixed for everyone.
# Source: OASIS, "TLP 2.0 Definitions for use with STIX 2.1" (cti-stix-common-objects, extension-definition 60a3c5c5).
_TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_CREATED: Final = "2022-10-01T00:00:00.000Z"
_TLP_UIDS: Final = {
    Tlp.CLEAR: "94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_EXACTLY: Final = ("File of known harm, recognised exactly", "Its digest is the digest of a file that a person judged.")
# Fixed words only: what a person wrote about a case must never travel with a sign.
_WORDS: Final = {
    Kind.PDQ: (
        "Image of known harm, recognised by likeness",
        "Its PDQ hash differs from that of an image that a person judged by at most max_distance bits.",
    ),
    Kind.MD5: _EXACTLY,
    Kind.SHA1: _EXACTLY,
    Kind.SHA256: _EXACTLY,
    Kind.URL: ("Page of known harm", "A person judged what this address showed; do not open it."),
    Kind.DOMAIN: ("Host of known harm", "A person judged what this host showed; do not open it."),
}
# STIX wants "the normative definition of the extension, either as a URL or as plain text" (section 7.3).
_SCHEMA: Final = (
    "Properties on an indicator of a thing: signal (pdq, md5, sha1, sha256, url or domain), category (string), "
    "reviews (integer, independent people who confirmed), optional severity (integer), "
    "optional max_distance (integer, bits of 256, pdq only: how far a hash may differ and still match), "
    "optional legality (list of objects with the strings jurisdiction, status and basis). "
    "On an indicator of behaviour: signal (behaviour), lead_only (true: a person looks, nothing is blocked). "
    "On a course-of-action: notice_state (queued, sent, acknowledged, done or refused), optional deadline (timestamp). "
    "On any object: optional jws (string, the detached JWS with Ed25519 of RFC 7515 appendix A.5 over the octets that "
    "RFC 8785 gives the object without jws)."
)


def indicator(sign: Sign) -> dict[str, object]:
    """Return `sign` as an indicator with our property-extension and its TLP 2.0 marking.

    Ship `marking(sign.tlp)`, `extension_definition()` and both identities beside it, so that every reference resolves.
    """
    name, description = _WORDS[sign.kind]
    known: dict[str, object] = {
        **head("indicator", uid=sign.uid, created_by=sign.created_by, created=sign.created, modified=sign.modified),
        "name": name,
        "description": description,
        "indicator_types": ["malicious-activity"],
        "pattern": _pattern.written(sign.kind, sign.value),
        "pattern_type": "stix",
        "pattern_version": SPEC_VERSION,
        **_validity(sign),
        "confidence": sign.confidence,
        "object_marking_refs": [marking_id(sign.tlp)],
        "extensions": {EXTENSION_ID: _extension(sign)},
    }
    if sign.labels:  # STIX forbids empty lists.
        known["labels"] = list(sign.labels)
    if sign.revoked:
        known["revoked"] = True
    return known


def identity(
    uid: uuid.UUID, name: str, *, created: datetime = PUBLISHED_AT, modified: datetime | None = None
) -> dict[str, object]:
    """Return the organisation that stands behind signs. Pass a later `modified` when its name changes."""
    known = head("identity", uid=uid, created_by=uid, created=created, modified=modified or created)
    return {**known, "name": name, "identity_class": "organization"}


def author() -> dict[str, object]:
    """Return the identity that the extension definition names as its creator."""
    return identity(AUTHOR_UID, "Leeward")


def extension_definition() -> dict[str, object]:
    """Return the definition of the properties that we add to objects of STIX."""
    uid = uuid.UUID(EXTENSION_ID.partition("--")[2])
    return {
        **head("extension-definition", uid=uid, created_by=AUTHOR_UID, created=PUBLISHED_AT, modified=_REVISED_AT),
        "name": "Sign of known harm to children",
        "description": "How a sign is matched, what it is of, where it is illegal, who confirmed it and who signed for it.",
        "schema": _SCHEMA,
        "version": "1.1.0",
        "extension_types": [EXTENSION_TYPE],
    }


def marking_id(tlp: Tlp) -> str:
    """Return the id of the OASIS marking for `tlp`, as `object_marking_refs` holds it."""
    return f"marking-definition--{_TLP_UIDS[tlp]}"


def marking(tlp: Tlp) -> dict[str, object]:
    """Return the OASIS marking object for `tlp`, the same for everyone who uses TLP 2.0."""
    label = tlp.value.replace("_", "+")
    return {
        "type": "marking-definition",
        "spec_version": SPEC_VERSION,
        "id": marking_id(tlp),
        "created": _TLP_CREATED,
        "name": f"TLP:{label.upper()}",
        "extensions": {_TLP_EXTENSION: {"extension_type": EXTENSION_TYPE, "tlp_2_0": label}},
    }


def head(
    kind: str, *, uid: uuid.UUID, created_by: uuid.UUID, created: datetime, modified: datetime
) -> dict[str, object]:
    """Return the properties that every object of STIX has."""
    return {
        "type": kind,
        "spec_version": SPEC_VERSION,
        "id": f"{kind}--{uid}",
        "created_by_ref": f"identity--{created_by}",
        "created": milliseconds(created),
        "modified": milliseconds(modified),
    }


def _validity(sign: Sign) -> dict[str, object]:
    if sign.valid_until is None:
        return {"valid_from": shortest(sign.valid_from)}
    times = {"valid_from": shortest(sign.valid_from), "valid_until": shortest(sign.valid_until)}
    # OASIS' validator compares times as texts, and there 10:00:00.5Z is before 10:00:00Z.
    if times["valid_from"] >= times["valid_until"]:
        times = {"valid_from": milliseconds(sign.valid_from), "valid_until": milliseconds(sign.valid_until)}
    return dict(times)


def _extension(sign: Sign) -> dict[str, object]:
    known: dict[str, object] = {
        "extension_type": EXTENSION_TYPE,
        "signal": sign.kind.value,
        "category": sign.category,
        "reviews": sign.reviews,
    }
    if sign.severity is not None:
        known["severity"] = sign.severity
    if sign.max_distance is not None:
        known["max_distance"] = sign.max_distance
    if sign.legality:
        known["legality"] = [
            {"jurisdiction": view.jurisdiction, "status": view.status, "basis": view.basis} for view in sign.legality
        ]
    return known
