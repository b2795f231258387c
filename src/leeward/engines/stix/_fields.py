"""Take a value of the right form out of an object that someone else wrote, or name the place of the fault."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from leeward.engines.stix import _time
from leeward.engines.stix._objects import SPEC_VERSION, marking_id
from leeward.engines.stix._sign import NotASign, Tlp

type Json = Mapping[str, object]

_TLP_BY_ID: Final = {marking_id(tlp): tlp for tlp in Tlp}
_NARROWER: Final = list(Tlp)  # The enumeration goes from the widest to the narrowest.


def check_type(known: Json, kind: str) -> None:
    """Raise `NotASign` for everything but an object of this type and of STIX 2.1."""
    for name, expected in {"type": kind, "spec_version": SPEC_VERSION}.items():
        if known.get(name) != expected:
            raise NotASign(name, f"this must be {expected}; leave the object out")


def tlp(known: Json) -> Tlp:
    """Return how far an object may travel: the narrowest of its markings.

    A marking that we do not know, one on a part only, or none at all counts as RED: what we cannot honour, we do not
    share. Raises `NotASign` where the markings are not a list of texts.
    """
    path = "object_marking_refs"
    names = [text(name, path=path) for name in listed(known.get(path, []), path=path)]
    if not names or "granular_markings" in known:
        return Tlp.RED
    return max((_TLP_BY_ID.get(name, Tlp.RED) for name in names), key=_NARROWER.index)


def mapped(value: object, *, path: str) -> Json:
    """Return an object."""
    if not isinstance(value, Mapping):
        raise NotASign(path, "this must be an object; add it")
    return cast("Json", value)


def listed(value: object, *, path: str) -> list[object]:
    """Return a list."""
    if not isinstance(value, list):
        raise NotASign(path, "this must be a list; add it")
    return value


def text(value: object, *, path: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise NotASign(path, "this must be a text; add it")
    return value


def flag(value: object, *, path: str) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise NotASign(path, "this must be true or false; correct it")
    return value


def whole(value: object, *, path: str) -> int:
    """Return a whole number."""
    # In Python True is also an int, in JSON it is not.
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotASign(path, "this must be a whole number; correct it")
    return value


def optional_whole(known: Json, name: str, *, path: str) -> int | None:
    """Return a whole number, or None where the name is absent. `path` is the place of `known` itself."""
    return whole(known[name], path=f"{path}.{name}".lstrip(".")) if name in known else None


def moment(known: Json, name: str, *, path: str = "") -> datetime:
    """Return a moment. `path` is the place of `known` itself."""
    place = f"{path}.{name}".lstrip(".")
    try:
        return _time.parse(text(known.get(name), path=place))
    except _time.NotATimestamp as error:
        raise NotASign(place, str(error)) from error


def optional_moment(known: Json, name: str, *, path: str = "") -> datetime | None:
    """Return a moment, or None where the name is absent."""
    return moment(known, name, path=path) if name in known else None


def uid(value: object, *, prefix: str, path: str) -> uuid.UUID:
    """Return the UUID of the id of an object of type `prefix`."""
    kind, found = typed_uid(value, path=path)
    if kind != prefix:
        raise NotASign(path, f"this must be {prefix}-- and a UUID in lower case; correct it")
    return found


def typed_uid(value: object, *, path: str) -> tuple[str, uuid.UUID]:
    """Return the type and the UUID of an id."""
    kind, mark, rest = text(value, path=path).partition("--")
    fault = NotASign(path, "this must be a type, -- and a UUID in lower case; correct it")
    try:
        found = uuid.UUID(rest)
    except ValueError as error:
        raise fault from error
    if not kind or (mark, rest) != ("--", str(found)):
        raise fault
    return kind, found
