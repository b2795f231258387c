"""That a host was asked to take something down. The notice itself is a document of XARF 4; here is its number only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from leeward.engines.stix import _fields, _head
from leeward.engines.stix._fields import Json
from leeward.engines.stix._head import Head
from leeward.engines.stix._objects import EXTENSION_ID, EXTENSION_TYPE
from leeward.engines.stix._sign import NotASign
from leeward.engines.stix._time import shortest

_SOURCE: Final = "xarf"
_EXTENSION: Final = f"extensions.{EXTENSION_ID}"


class NoticeState(StrEnum):
    """How far a notice has come."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice. `report_id` is that of its XARF document; `deadline` is until when removal was asked for.

    What it asks to be removed stands in a `Link` with `Verb.MITIGATES` from `course-of-action--` and its uid.
    """

    head: Head
    report_id: UUID
    state: NoticeState
    deadline: datetime | None = None


def notice(known: Notice) -> dict[str, object]:
    """Return a notice as a course-of-action."""
    extension = {"extension_type": EXTENSION_TYPE, "notice_state": known.state.value}
    if known.deadline is not None:
        extension["deadline"] = shortest(known.deadline)
    return {
        **_head.written("course-of-action", known.head),
        "name": "Notice to a hosting provider",
        "description": "The host was asked to remove what a person judged. The notice is a document of XARF 4.",
        "external_references": [{"source_name": _SOURCE, "external_id": str(known.report_id)}],
        "extensions": {EXTENSION_ID: extension},
    }


def parse_notice(known: Json) -> Notice:
    """Return the notice that a course-of-action tells of; the reverse of `notice`. Raises `NotASign`."""
    head = _head.read(known, kind="course-of-action")
    extensions = _fields.mapped(known.get("extensions"), path="extensions")
    extension = _fields.mapped(extensions.get(EXTENSION_ID), path=_EXTENSION)
    state = extension.get("notice_state")
    if not isinstance(state, str) or state not in set(NoticeState):
        raise NotASign(f"{_EXTENSION}.notice_state", "this is no state of a notice; take one of the definition")
    return Notice(
        head=head,
        report_id=_report_id(known),
        state=NoticeState(state),
        deadline=_fields.optional_moment(extension, "deadline", path=_EXTENSION),
    )


def _report_id(known: Json) -> UUID:
    path = "external_references"
    named = [_fields.mapped(name, path=path) for name in _fields.listed(known.get(path), path=path)]
    ours = [name.get("external_id") for name in named if name.get("source_name") == _SOURCE]
    if len(ours) != 1:
        raise NotASign(path, "this must name one report of XARF; add it")
    try:
        return UUID(_fields.text(ours[0], path=f"{path}.external_id"))
    except ValueError as error:
        raise NotASign(f"{path}.external_id", "this must be the UUID of a report of XARF; correct it") from error
