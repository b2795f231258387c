"""The timestamp notations: STIX writes milliseconds or fewer digits, TAXII microseconds, all in UTC."""

import re
from datetime import UTC, datetime
from typing import Final

_RFC3339: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z")


class NotATimestamp(ValueError):
    """The value is not a moment in UTC. Write `YYYY-MM-DDTHH:MM:SS.ssssssZ`, or pass a datetime with a time zone."""


def milliseconds(at: datetime) -> str:
    """Return `at` as STIX writes it, cut (not rounded) to milliseconds. Raises `NotATimestamp` without a time zone."""
    return _written(at, timespec="milliseconds")


def shortest(at: datetime) -> str:
    """Return `at` cut to milliseconds, without the zeros at their end. Raises `NotATimestamp` without a time zone.

    So writes the `stix2` library every time but `created` and `modified`. Another spelling would come back from it
    rewritten, and its signature would be lost.
    """
    return milliseconds(at).removesuffix("Z").rstrip("0").removesuffix(".") + "Z"


def microseconds(at: datetime) -> str:
    """Return `at` as TAXII writes it, with microseconds. Raises `NotATimestamp` without a time zone."""
    return _written(at, timespec="microseconds")


def parse(text: str) -> datetime:
    """Return the moment that a STIX or TAXII timestamp names; digits after the sixth are cut.

    Raises `NotATimestamp`. Source: RFC 3339, with the `Z` that both standards demand.
    """
    found = _RFC3339.fullmatch(text)
    if not found:
        raise NotATimestamp("this is not a timestamp; write it as YYYY-MM-DDTHH:MM:SS.ssssssZ")
    try:
        whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise NotATimestamp("this moment does not exist; check month, day and hour") from error
    return whole.replace(microsecond=int((found[2] or "")[:6].ljust(6, "0")))


def cut(at: datetime) -> datetime:
    """Return `at` in UTC without what milliseconds cannot hold. Raises `NotATimestamp` without a time zone."""
    in_utc = _in_utc(at)
    return in_utc.replace(microsecond=in_utc.microsecond // 1000 * 1000)


def _written(at: datetime, *, timespec: str) -> str:
    return _in_utc(at).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def _in_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise NotATimestamp("this datetime has no time zone; pass one that is aware")
    return at.astimezone(UTC)
