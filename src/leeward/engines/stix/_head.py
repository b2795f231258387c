"""What every version of every object says of itself, besides what it is about."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from leeward.engines.stix import _fields, _objects, _time
from leeward.engines.stix._fields import Json
from leeward.engines.stix._sign import NotASign, Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One version of one object: its id, whose it is, when it was made, and how far it may travel.

    A later version has the same `uid`, `created` and `created_by` and a later `modified`; STIX carries times to the
    millisecond. Raises `NotASign` that names the field.
    """

    uid: uuid.UUID
    created_by: uuid.UUID
    created: datetime
    modified: datetime
    tlp: Tlp
    revoked: bool = False

    def __post_init__(self) -> None:
        for name in ("uid", "created_by"):
            if getattr(self, name).variant != uuid.RFC_4122:
                raise NotASign(name, "this UUID is not of the RFC 4122 variant, which STIX demands; make a new one")
        if _cut(self.modified, path="modified") < _cut(self.created, path="created"):
            raise NotASign("modified", "a version cannot be older than its object; correct the time")


def written(kind: str, head: Head) -> dict[str, object]:
    """Return the properties of `head` on an object of type `kind`."""
    known = _objects.head(kind, uid=head.uid, created_by=head.created_by, created=head.created, modified=head.modified)
    known["object_marking_refs"] = [_objects.marking_id(head.tlp)]
    return known | {"revoked": True} if head.revoked else known


def read(known: Json, *, kind: str) -> Head:
    """Return the head of an object, which must be of type `kind`. Raises `NotASign`."""
    _fields.check_type(known, kind)
    return Head(
        uid=_fields.uid(known.get("id"), prefix=kind, path="id"),
        created_by=_fields.uid(known.get("created_by_ref"), prefix="identity", path="created_by_ref"),
        created=_fields.moment(known, "created"),
        modified=_fields.moment(known, "modified"),
        tlp=_fields.tlp(known),
        revoked=_fields.flag(known.get("revoked", False), path="revoked"),
    )


def _cut(at: datetime, *, path: str) -> datetime:
    try:
        return _time.cut(at)
    except _time.NotATimestamp as error:
        raise NotASign(path, str(error)) from error
