"""The values that a TAXII 2.1 server reads and writes. Source: OASIS TAXII 2.1 sections 1.6.8, 2 and 3."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from leeward.engines.stix import _time

MEDIA_TYPE: Final = "application/taxii+json;version=2.1"
STIX_MEDIA_TYPE: Final = "application/stix+json;version=2.1"
DATE_ADDED_FIRST: Final = "X-TAXII-Date-Added-First"
DATE_ADDED_LAST: Final = "X-TAXII-Date-Added-Last"

MATCH_VALUES_MAX: Final = 100  # Values of one match field; ask again for more.
INTEGER_MAX: Final = 2**53 - 1  # TAXII 2.1 section 2, "integer".
POSITION_MAX: Final = 2**63 - 1  # What a database counts to.
_NEXT_VERSION: Final = b"\x01"  # Lets a later release tell its own paging marks from these.
_NEXT_FORM: Final = re.compile(r"[A-Za-z0-9_-]{12}")  # Nine bytes in base64url.

_ID: Final = re.compile(
    r"[a-z0-9][a-z0-9-]{1,248}[a-z0-9]--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,248}[a-z0-9]")
_SPEC_VERSION: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_DIGITS: Final = re.compile(r"[0-9]{1,16}")
_WEIGHT: Final = re.compile(r"(0(\.[0-9]{0,3})?)|(1(\.0{0,3})?)")  # RFC 9110 section 12.4.2

timestamp = _time.microseconds
parse_timestamp = _time.parse


class Version(StrEnum):
    """Which versions of each object are asked for, when not by their time."""

    LAST = "last"
    FIRST = "first"
    ALL = "all"


class BadFilter(ValueError):
    """A query parameter is malformed. Answer 400 with this text; it repeats nothing that was sent."""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(parameter, reason)
        self.parameter = parameter
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.parameter}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a client asks for. Values of one field are alternatives, fields add up, an empty field asks for anything.

    `added_after` is exclusive. `next_position` is the position of the last object of the page before. `versions` holds
    a `Version` or the exact `modified` time of an object. Without `spec_versions` the latest of each object is meant.
    """

    added_after: datetime | None = None
    limit: int | None = None
    next_position: int | None = None
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: tuple[Version | datetime, ...] = (Version.LAST,)
    spec_versions: tuple[str, ...] = ()

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]]) -> Self:
        """Return the filters of a query, given as every value of every parameter: `dict(request.GET.lists())`.

        Parameters that TAXII does not define are ignored, as it permits. Raises `BadFilter`.
        """
        after, limit, mark = (_single(query, name) for name in ("added_after", "limit", "next"))
        return cls(
            added_after=None if after is None else _moment(after, parameter="added_after"),
            limit=None if limit is None else _limit(limit),
            next_position=None if mark is None else decode_next(mark),
            ids=_alternatives(query, "match[id]", read=_matching(_ID)),
            types=_alternatives(query, "match[type]", read=_matching(_TYPE)),
            versions=_versions(query),
            spec_versions=_alternatives(query, "match[spec_version]", read=_matching(_SPEC_VERSION)),
        )


def encode_next(position: int) -> str:
    """Return the paging mark for "after this position": nothing needs to be remembered on the server.

    It is not secret and not signed; sharing rules are applied again to every page.
    """
    return base64.urlsafe_b64encode(_NEXT_VERSION + position.to_bytes(8)).decode("ascii")


def decode_next(mark: str) -> int:
    """Return the position that `encode_next` was given. Raises `BadFilter` for anything else."""
    raw = base64.urlsafe_b64decode(mark) if _NEXT_FORM.fullmatch(mark) else b""
    position = int.from_bytes(raw[1:])
    if raw[:1] != _NEXT_VERSION or position > POSITION_MAX:
        raise BadFilter("next", "this mark is not one of ours; start again without it")
    return position


def error(title: str, *, http_status: int, description: str | None = None) -> dict[str, object]:
    """Return the body of a TAXII error; the status is a text there. Source: TAXII 2.1 section 3.6.1."""
    known: dict[str, object] = {"title": title, "http_status": str(http_status)}
    return known if description is None else {**known, "description": description}


def accepts(accept_header: str) -> bool:
    """Tell whether a client that sent this `Accept` takes TAXII 2.1; answer 406 if not.

    An absent header, passed as an empty text, is not enough: TAXII 2.1 section 3.1 demands one.
    """
    return any(_takes_taxii(media_range) for media_range in accept_header.split(","))


def _takes_taxii(media_range: str) -> bool:
    media_type, *rest = (part.strip().lower() for part in media_range.split(";"))
    parameters = dict(_parameter(part) for part in rest if part)
    weight = parameters.pop("q", "1")
    if not _WEIGHT.fullmatch(weight) or float(weight) == 0:
        return False
    if media_type in ("*/*", "application/*"):
        return True
    return media_type == "application/taxii+json" and parameters.get("version", "2.1") == "2.1"


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip().removeprefix('"').removesuffix('"')


def _single(query: Mapping[str, Sequence[str]], parameter: str) -> str | None:
    values = query.get(parameter, ())
    if isinstance(values, str):
        raise TypeError("a query maps each name to a list of texts; pass dict(request.GET.lists())")
    if len(values) > 1:
        raise BadFilter(parameter, "this occurs more than once; send it once, with commas between alternatives")
    return values[0] if values else None


def _limit(text: str) -> int:
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= INTEGER_MAX:
        raise BadFilter("limit", "this must be a whole number above zero")
    return int(text)


def _moment(text: str, *, parameter: str) -> datetime:
    try:
        return _time.parse(text)
    except _time.NotATimestamp as fault:
        raise BadFilter(parameter, str(fault)) from fault


def _alternatives[Value](
    query: Mapping[str, Sequence[str]], parameter: str, *, read: Callable[[str, str], Value]
) -> tuple[Value, ...]:
    text = _single(query, parameter)
    if text is None:
        return ()
    if text.count(",") >= MATCH_VALUES_MAX:
        raise BadFilter(parameter, f"this has more than {MATCH_VALUES_MAX} alternatives; ask in several requests")
    return tuple(read(part, parameter) for part in text.split(","))


def _matching(form: re.Pattern[str]) -> Callable[[str, str], str]:
    def read(text: str, parameter: str) -> str:
        if not form.fullmatch(text):
            raise BadFilter(parameter, "one of the alternatives is malformed; separate them by commas without spaces")
        return text

    return read


def _versions(query: Mapping[str, Sequence[str]]) -> tuple[Version | datetime, ...]:
    parameter = "match[version]"
    versions = _alternatives(query, parameter, read=_version) or (Version.LAST,)
    if len(set(versions)) != len(versions):
        raise BadFilter(parameter, "one version occurs twice; send each once")
    if Version.ALL in versions and len(versions) > 1:
        raise BadFilter(parameter, "all stands alone; leave the others out")
    return versions


def _version(text: str, parameter: str) -> Version | datetime:
    return Version(text) if text in Version else _moment(text, parameter=parameter)
