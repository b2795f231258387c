"""Read an indicator that someone else wrote. Nothing in it is trusted, and what is not understood is refused."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from leeward.engines.stix import _pattern, _time
from leeward.engines.stix._objects import EXTENSION_ID, SPEC_VERSION, marking_id
from leeward.engines.stix._sign import Kind, Legality, NotASign, Sign, Tlp

type Json = Mapping[str, object]

_EXTENSION: Final = f"extensions.{EXTENSION_ID}"
_TLP_BY_ID: Final = {marking_id(tlp): tlp for tlp in Tlp}
_FIXED: Final = {"type": "indicator", "spec_version": SPEC_VERSION, "pattern_type": "stix"}


def parse_indicator(known: Json) -> Sign:
    """Return the sign that an indicator carries; the reverse of `indicator`.

    Only indicators with our extension, a pattern of one comparison and exactly one TLP 2.0 marking are signs. Missing
    `confidence` counts as 0. Other properties are ignored, except markings that we could not honour: those refuse the
    object. Check signatures on the received bytes before this. Raises `NotASign` with the path of the first fault.
    """
    for name, expected in _FIXED.items():
        if known.get(name) != expected:
            raise NotASign(name, f"this must be {expected}; leave the object out")
    extension = _object(_object(known.get("extensions"), path="extensions").get(EXTENSION_ID), path=_EXTENSION)
    kind, value = _pattern.read(_text(known.get("pattern"), path="pattern"))
    return Sign(
        uid=_uid(known.get("id"), prefix="indicator", path="id"),
        kind=_same_kind(kind, extension),
        value=value,
        category=_text(extension.get("category"), path=f"{_EXTENSION}.category"),
        severity=_optional_whole(extension, "severity", path=_EXTENSION),
        legality=_legality(extension),
        confidence=_optional_whole(known, "confidence", path="") or 0,
        reviews=_whole(extension.get("reviews"), path=f"{_EXTENSION}.reviews"),
        tlp=_tlp(known),
        max_distance=_optional_whole(extension, "max_distance", path=_EXTENSION),
        valid_from=_moment(known, "valid_from"),
        valid_until=_moment(known, "valid_until") if "valid_until" in known else None,
        created=_moment(known, "created"),
        modified=_moment(known, "modified"),
        revoked=_flag(known.get("revoked", False), path="revoked"),
        created_by=_uid(known.get("created_by_ref"), prefix="identity", path="created_by_ref"),
        labels=tuple(_text(label, path="labels") for label in _list(known.get("labels", []), path="labels")),
    )


def _same_kind(kind: Kind, extension: Json) -> Kind:
    if extension.get("signal") != kind.value:
        raise NotASign(f"{_EXTENSION}.signal", "this contradicts the pattern; make both say the same")
    return kind


def _legality(extension: Json) -> tuple[Legality, ...]:
    path = f"{_EXTENSION}.legality"
    views = [_object(view, path=path) for view in _list(extension.get("legality", []), path=path)]
    return tuple(
        Legality(
            jurisdiction=_text(view.get("jurisdiction"), path=f"{path}.jurisdiction"),
            status=_text(view.get("status"), path=f"{path}.status"),
            basis=_text(view.get("basis"), path=f"{path}.basis"),
        )
        for view in views
    )


def _tlp(known: Json) -> Tlp:
    path = "object_marking_refs"
    if "granular_markings" in known:
        raise NotASign("granular_markings", "markings on parts cannot be honoured here; mark the whole object")
    names = [_text(name, path=path) for name in _list(known.get(path), path=path)]
    if len(names) != 1 or names[0] not in _TLP_BY_ID:
        raise NotASign(path, "this must be exactly one TLP 2.0 marking of OASIS; mark the object so")
    return _TLP_BY_ID[names[0]]


def _object(value: object, *, path: str) -> Json:
    if not isinstance(value, Mapping):
        raise NotASign(path, "this must be an object; add it")
    return cast("Json", value)


def _list(value: object, *, path: str) -> list[object]:
    if not isinstance(value, list):
        raise NotASign(path, "this must be a list; add it")
    return value


def _text(value: object, *, path: str) -> str:
    if not isinstance(value, str):
        raise NotASign(path, "this must be a text; add it")
    return value


def _flag(value: object, *, path: str) -> bool:
    if not isinstance(value, bool):
        raise NotASign(path, "this must be true or false; correct it")
    return value


def _whole(value: object, *, path: str) -> int:
    # In Python True is also an int, in JSON it is not.
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotASign(path, "this must be a whole number; correct it")
    return value


def _optional_whole(known: Json, name: str, *, path: str) -> int | None:
    return _whole(known[name], path=f"{path}.{name}".lstrip(".")) if name in known else None


def _moment(known: Json, name: str) -> datetime:
    try:
        return _time.parse(_text(known.get(name), path=name))
    except _time.NotATimestamp as error:
        raise NotASign(name, str(error)) from error


def _uid(value: object, *, prefix: str, path: str) -> uuid.UUID:
    kind, mark, rest = _text(value, path=path).partition("--")
    fault = NotASign(path, f"this must be {prefix}-- and a UUID in lower case; correct it")
    try:
        uid = uuid.UUID(rest)
    except ValueError as error:
        raise fault from error
    if (kind, mark, rest) != (prefix, "--", str(uid)):
        raise fault
    return uid
