"""The StopNCII shape, both ways. Source: `threatexchange/exchanges/clients/stopncii/api.py` of threatexchange 1.2.17.

Today's client forgets to look at `hashStatus` and keeps a withdrawn hash for ever (`_get_delta_mapping` in
`impl/stop_ncii_api.py` compares the value of the hash with the states of a case). So a sign that was taken back is left out
of the feed, and a fetch from the start heals. Only a reader who may hold it already is told, as `Withdrawn` with our own
`NotBlocked`: a mended client deletes it then, and today's client counts it as disputed; neither has it worse than before.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import telling
from leeward.exchange.shapes.values import Told, Unreadable
from leeward.exchange.shelf.places import SHELF
from leeward.indicators.models import Kind

PAGE = 800  # What the client asks for by itself.
PAGE_MAX = 5000
# A mark below this is a place that we gave; from here on it is a time, in seconds since 1970 (2001 and later).
FIRST_TIME = 10**9
RECORDS_MAX = 10_000  # In one submission.
VALUE_MAX = 2048  # Characters.
SIGNALS: Mapping[Kind, str] = {Kind.PDQ: "ImagePDQ", Kind.MD5: "VideoMD5", Kind.URL: "URL"}
_KINDS = {signal: kind for kind, signal in SIGNALS.items()}
_ENUM = "StopNCIISignalType."  # `submit_hashes` writes the name of the enum into the field.
_GONE = ("Withdrawn", "Deleted")

type Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where one walk over the feed stands: where it began, where the log ended then, and what was looked at since."""

    start: int
    head: int
    reached: int

    def text(self) -> str:
        """Return it as the `nextPageToken` that `read_mark` reads."""
        return f"{self.start}-{self.head}-{self.reached}"


@dataclass(frozen=True, slots=True)
class Record:
    """One hash as a feed tells it or as somebody submits it. `verdicts` are the words of their `CSPFeedbacks`."""

    kind: Kind
    value: str
    modified_s: int
    is_withdrawn: bool
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page of somebody's feed. `unread` counts records of kinds or forms that we do not know."""

    records: tuple[Record, ...]
    next_page: str
    mark: int
    is_more: bool
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a partner says of a hash: one of the shape's words, such as `Blocked` or `NotBlocked`."""

    value: str
    word: str
    kinds: tuple[Kind, ...] = field(default=tuple(SIGNALS))


def begin(start: int) -> Mark:
    """Return the beginning of a walk; `start` is a place that we gave, or a time in seconds since 1970."""
    place = start if start < FIRST_TIME else telling.place_at_second(start)
    return Mark(max(place, SHELF), telling.head(), max(place, SHELF))


def read_mark(text: str) -> Mark:
    """Return the mark that `Mark.text` wrote; raise `Unreadable`."""
    numbers = text.split("-")
    if len(numbers) != 3 or not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in numbers):
        raise Unreadable("nextPageToken: this mark is not one of ours; start again without it")
    return Mark(*(int(one) for one in numbers))


def page(asked_by: Partner, *, mark: Mark, most: int, source: str) -> Json:
    """Return one page as JSON. A walk that breaks off is begun again, since only its last page gives a new mark."""
    part = telling.part(asked_by, after=mark.reached, most=most, kinds=SIGNALS)
    gone = _to_tell([one for one in part.told if one.is_withdrawn], asked_by, mark=mark)
    records = [_record(one, source=source) for one in part.told if not one.is_withdrawn or one.uid in gone]
    return {
        "count": len(records),
        "nextPageToken": Mark(mark.start, mark.head, part.reached).text() if part.is_more else None,
        "nextSetTimestamp": mark.start if part.is_more else part.reached,
        "hasMoreRecords": part.is_more,
        "hashRecords": records,
    }


def _to_tell(withdrawn: list[Told], asked_by: Partner, *, mark: Mark) -> set[uuid.UUID]:
    """Return the ids of those whom the reader may hold: told before this walk began, or taken back while it lasts."""
    if not withdrawn:
        return set()
    first, standing = telling.first_places(withdrawn), telling.still_standing(asked_by, withdrawn)
    return {
        one.uid
        for one in withdrawn
        if (one.kind, one.value) not in standing and (one.place > mark.head or first[one.uid] <= mark.start)
    }


def _record(told: Told, *, source: str) -> Json:
    state = "Withdrawn" if told.is_withdrawn else "Active"
    verdict = "NotBlocked" if told.is_withdrawn else "Blocked"
    return {
        "lastModtimestamp": int(told.added_at.timestamp()),
        "signalType": SIGNALS[told.kind],
        "hashValue": told.value,
        "hashStatus": state,
        "caseNumbers": {str(told.uid): state},
        "CSPFeedbacks": [{"feedbackValue": verdict, "tags": [told.category], "source": source}],
    }


def read_page(octets: bytes) -> Fetched:
    """Return what somebody's `FetchHashes` answered; raise `Unreadable`. A record that we cannot use is counted."""
    known = _object(octets)
    mark, is_more, next_page = known.get("nextSetTimestamp"), known.get("hasMoreRecords"), known.get("nextPageToken")
    if not isinstance(mark, int) or not isinstance(is_more, bool) or not isinstance(next_page, str | None):
        raise Unreadable("nextSetTimestamp, hasMoreRecords, nextPageToken: a number, a truth and a text are meant")
    rows = _list(known, "hashRecords", most=PAGE_MAX * 2)
    records = [record for row in rows if (record := _read_record(row)) is not None]
    return Fetched(tuple(records), next_page or "", mark, is_more, len(rows) - len(records))


def read_submitted(octets: bytes) -> tuple[list[Record], int]:
    """Return the hashes of a `SubmitHashes` and how many could not be read; raise `Unreadable`."""
    rows = _list(_object(octets), "hashRecords", most=RECORDS_MAX)
    records = [record for row in rows if (record := _read_record(row)) is not None]
    return records, len(rows) - len(records)


def read_verdicts(octets: bytes) -> tuple[list[Verdict], int]:
    """Return what a `SubmitFeedback` says and how many entries could not be read; raise `Unreadable`."""
    rows = _list(_object(octets), "hashFeedbacks", most=RECORDS_MAX)
    found = []
    for row in rows:
        value, word = _text(row, "hashValue"), _text(row, "feedbackValue")
        if value and word:
            found.append(Verdict(value, word))
    return found, len(rows) - len(found)


def _read_record(row: object) -> Record | None:
    """Return a record, or None where its kind is none of ours or a field is missing. One bad record spoils no other."""
    kind = _KINDS.get(_text(row, "signalType").removeprefix(_ENUM))
    value, known = _text(row, "hashValue"), cast("Json", row if isinstance(row, dict) else {})
    modified = known.get("lastModtimestamp", 0)
    if kind is None or not value or not isinstance(modified, int):
        return None
    feedbacks = known.get("CSPFeedbacks")
    words = [_text(one, "feedbackValue") for one in feedbacks] if isinstance(feedbacks, list) else []
    return Record(kind, value, modified, _is_gone(known), tuple(word for word in words if word))


def _is_gone(known: Json) -> bool:
    """Tell whether a record was taken back: by its state, or because each of its cases was."""
    if known.get("hashStatus") in _GONE:
        return True
    cases = known.get("caseNumbers")
    return isinstance(cases, dict) and bool(cases) and all(state in _GONE for state in cases.values())


def _object(octets: bytes) -> Json:
    try:
        known = json.loads(octets)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON; send one JSON object") from None
    if not isinstance(known, dict):
        raise Unreadable("the body is not one JSON object; send one")
    return known


def _list(known: Json, name: str, *, most: int) -> Sequence[object]:
    rows = known.get(name)
    if not isinstance(rows, list):
        raise Unreadable(f"{name}: this must be a list; add it")
    if len(rows) > most:
        raise Unreadable(f"{name}: more than {most} entries; send them in several requests")
    return rows


def _text(row: object, name: str) -> str:
    """Return a text of a row, or nothing where there is none or it is too long."""
    value = cast("Json", row).get(name) if isinstance(row, dict) else None
    return value if isinstance(value, str) and len(value) <= VALUE_MAX else ""
