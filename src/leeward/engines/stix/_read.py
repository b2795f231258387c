"""Read an indicator that someone else wrote. Nothing in it is trusted, and what is not understood is refused."""

from typing import Final

from leeward.engines.stix import _fields, _pattern
from leeward.engines.stix._behaviour import is_lead
from leeward.engines.stix._fields import Json
from leeward.engines.stix._objects import EXTENSION_ID
from leeward.engines.stix._sign import Kind, Legality, NotASign, Sign

_EXTENSION: Final = f"extensions.{EXTENSION_ID}"


def parse_indicator(known: Json) -> Sign:
    """Return the only sign that an indicator carries; the reverse of `indicator`.

    As `parse_signs`, but raises `NotASign` where the pattern has alternatives.
    """
    found = parse_signs(known)
    if len(found) != 1:
        raise NotASign("pattern", "this has alternatives; read each of them with parse_signs")
    return found[0]


def parse_signs(known: Json) -> tuple[Sign, ...]:
    """Return the signs that an indicator carries: one for each alternative of its pattern, all of one id.

    Several digests of one file, or the addresses and the host of one page, are each enough to recognise it, and not
    everybody who meets it can make the strongest digest. So none is dropped. `max_distance` goes to PDQ signs only.

    Only indicators with our extension and a pattern of hashes, addresses or names are signs; a lead never is one.
    Missing `confidence` counts as 0, a marking that we do not know as RED. Other properties are ignored. Check
    signatures on the received octets before this. Raises `NotASign` with the path of the first fault.
    """
    _fields.check_type(known, "indicator")
    if known.get("pattern_type") != "stix":
        raise NotASign("pattern_type", "this must be stix; leave the object out")
    extensions = _fields.mapped(known.get("extensions"), path="extensions")
    extension = _fields.mapped(extensions.get(EXTENSION_ID), path=_EXTENSION)
    if is_lead(known):
        raise NotASign(f"{_EXTENSION}.lead_only", "this is a lead and not a sign; read it with parse_lead")
    found = _pattern.read(_fields.text(known.get("pattern"), path="pattern"))
    if all(extension.get("signal") != kind.value for kind, _ in found):
        raise NotASign(f"{_EXTENSION}.signal", "this contradicts the pattern; make both say the same")
    # Among alternatives a distance is meant for the likeness; where there is none, it is a mistake that is refused.
    is_likeness = any(kind is Kind.PDQ for kind, _ in found)
    distance = _fields.optional_whole(extension, "max_distance", path=_EXTENSION)
    return tuple(
        _sign(
            known,
            extension,
            kind=kind,
            value=value,
            distance=None if is_likeness and kind is not Kind.PDQ else distance,
        )
        for kind, value in found
    )


def _sign(known: Json, extension: Json, *, kind: Kind, value: str, distance: int | None) -> Sign:
    return Sign(
        uid=_fields.uid(known.get("id"), prefix="indicator", path="id"),
        kind=kind,
        value=value,
        category=_fields.text(extension.get("category"), path=f"{_EXTENSION}.category"),
        severity=_fields.optional_whole(extension, "severity", path=_EXTENSION),
        legality=_legality(extension),
        confidence=_fields.optional_whole(known, "confidence", path="") or 0,
        reviews=_fields.whole(extension.get("reviews"), path=f"{_EXTENSION}.reviews"),
        tlp=_fields.tlp(known),
        max_distance=distance,
        valid_from=_fields.moment(known, "valid_from"),
        valid_until=_fields.optional_moment(known, "valid_until"),
        created=_fields.moment(known, "created"),
        modified=_fields.moment(known, "modified"),
        revoked=_fields.flag(known.get("revoked", False), path="revoked"),
        created_by=_fields.uid(known.get("created_by_ref"), prefix="identity", path="created_by_ref"),
        labels=tuple(
            _fields.text(label, path="labels") for label in _fields.listed(known.get("labels", []), path="labels")
        ),
    )


def _legality(extension: Json) -> tuple[Legality, ...]:
    path = f"{_EXTENSION}.legality"
    views = [_fields.mapped(view, path=path) for view in _fields.listed(extension.get("legality", []), path=path)]
    return tuple(
        Legality(
            jurisdiction=_fields.text(view.get("jurisdiction"), path=f"{path}.jurisdiction"),
            status=_fields.text(view.get("status"), path=f"{path}.status"),
            basis=_fields.text(view.get("basis"), path=f"{path}.basis"),
        )
        for view in views
    )
