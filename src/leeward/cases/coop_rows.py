"""Read what ROOST Coop is sent and sends: reports, actions, appeals and their answers, one JSON object a line.

Field names as in `roostorg/coop` (Apache-2.0), read 2026-11-22:
- reports: docs/api/report.md (88433ad) and `ReportItemInput` in server/routes/reporting/ReportingRoutes.ts (7398937);
  `reportId` is what Coop answered to it. `reporter.kind` is `user`, or `rule` in the type of the server.
- appeals: docs/api/appeal.md (4859e30) and `AppealItemInput` in the same file.
- actions and answers to appeals, as Coop's callbacks bring them: docs/api/actions.md (49b06d7).
- actions that a provider sent to Coop: `SubmitActionInput` in server/routes/action/ActionRoutes.ts (59fc9a4).
- items: `typeId` beside `id`, or `type.id`: `RawItemSubmission` in server/services/itemProcessingService.
A callback has no time of its own, so a provider may write `at` beside it; this name is ours.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ITEM_ID, ITEM_TYPE, WORDS = 200, 40, 4000


class RowWrong(Exception):
    """A row cannot be taken over. The message names the field and says what to do; it repeats no value."""


@dataclass(frozen=True)
class Item:
    """A thing at the provider, as Coop names it."""

    id: str
    type_id: str


@dataclass(frozen=True)
class ReportRow:
    """One report. `content` is the item with what stood around it, as JSON, or empty where it must not be copied."""

    id: str
    item: Item
    at: datetime
    words: str
    policy: str
    is_csam: bool
    is_by_rule: bool
    content: bytes


@dataclass(frozen=True)
class ActionRow:
    """One action that was taken on an item. `at` is None where the row does not say when."""

    item: Item
    action: str
    policies: tuple[str, ...]
    policy_names: tuple[str, ...]
    author_id: str
    is_by_rule: bool
    at: datetime | None


@dataclass(frozen=True)
class AppealRow:
    """One appeal of the affected user."""

    id: str
    item: Item
    at: datetime
    words: str


@dataclass(frozen=True)
class AnswerRow:
    """How an appeal was decided in Coop. `is_granted`: the action was wrong."""

    appeal: str
    is_granted: bool
    at: datetime | None


type Row = ReportRow | ActionRow | AppealRow | AnswerRow

_ID = {"id": None, "typeId": None, "typeName": None}
_TYPE = {"id": None, "version": None, "schemaVariant": None}
_ITEM = {**_ID, "data": None, "typeVersion": None, "typeSchemaVariant": None, "type": _TYPE}
_POLICY = {"id": None, "name": None, "penalty": None}
# Which fields a row may have; below a null stands anything. Whatever else a row brings is counted and shown.
FIELDS: dict[type[Any], Mapping[str, Any]] = {
    ReportRow: {
        "reportId": None,
        "reporter": {"kind": None, "id": None, "typeId": None},
        "reportedAt": None,
        "reportedForReason": {"policyId": None, "reason": None, "csam": None},
        "reportedItem": _ITEM,
        "reportedItemThread": _ITEM,
        "reportedItemsInThread": _ID,
        "additionalItems": _ITEM,
    },
    ActionRow: {
        "at": None,
        "item": _ID,
        "action": {"id": None},
        "policies": _POLICY,
        "rules": {"id": None, "name": None},
        "custom": None,
        "actorEmail": None,
        "actorNote": None,
        "creator": _ID,
        "actionId": None,
        "itemId": None,
        "itemTypeId": None,
        "policyIds": None,
        "reportedItems": _ID,
        "actorId": None,
        "parameters": None,
        "note": None,
    },
    AppealRow: {
        "appealId": None,
        "appealedBy": _ID,
        "appealedAt": None,
        "actionedItem": _ITEM,
        "actionsTaken": None,
        "appealReason": None,
        "violatingPolicies": _POLICY,
        "additionalItems": _ITEM,
    },
    AnswerRow: {
        "at": None,
        "appealId": None,
        "item": _ID,
        "appealedBy": _ID,
        "appealDecision": None,
        "custom": None,
    },
}
NAMES: dict[type[Any], str] = {
    ActionRow: "actions",
    ReportRow: "reports",
    AppealRow: "appeals",
    AnswerRow: "answers to appeals",
}


def read(line: str, *, unknown: Counter[str]) -> Row:
    """Return the row of one line and count the fields that nobody here knows. Raises `RowWrong`."""
    try:
        row = json.loads(line)
    except ValueError:
        raise RowWrong("it is no JSON object; write one object a line") from None
    if not isinstance(row, dict):
        raise RowWrong("it is no JSON object; write one object a line")
    kind = _kind(row)
    unknown.update(f"{NAMES[kind]}: {path}" for path in _unknown(row, FIELDS[kind], at=""))
    return _READERS[kind](row)


def _kind(row: Mapping[str, Any]) -> type[Any]:
    if "reportedItem" in row:
        return ReportRow
    if "appealDecision" in row:
        return AnswerRow
    if "actionedItem" in row:
        return AppealRow
    if ("action" in row and "item" in row) or ("actionId" in row and "itemId" in row):
        return ActionRow
    raise RowWrong("it is neither a report, an action, an appeal nor the answer to one; see moving-from-coop.md")


def _unknown(value: Any, shape: Mapping[str, Any], *, at: str) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            continue
        for name, inner in one.items():
            if name not in shape:
                # A name may be anything, so it is cut before it is shown.
                yield f"{at}{name[:60]}"
            elif shape[name] is not None:
                yield from _unknown(inner, shape[name], at=f"{at}{name}.")


def _report(row: Mapping[str, Any]) -> ReportRow:
    reason = row.get("reportedForReason") or {}
    if not isinstance(reason, dict):
        raise RowWrong("reportedForReason is no object; see Coop's report.md")
    item, is_csam = _item(row, "reportedItem"), bool(reason.get("csam"))
    at, reporter = _time(row, "reportedAt"), row.get("reporter") or {}
    # Coop gives a report its number in the answer; without it, who reported what and when names it.
    named = json.dumps([item.id, item.type_id, at.isoformat(), reporter], sort_keys=True)
    content = {name: row[name] for name in ("reportedItem", "reportedItemThread", "additionalItems") if name in row}
    return ReportRow(
        id=_text(row, "reportId", needed=False) or named,
        item=item,
        at=at,
        words=_text(reason, "reason", needed=False)[:WORDS],
        policy=_text(reason, "policyId", needed=False),
        is_csam=is_csam,
        is_by_rule=isinstance(reporter, dict) and reporter.get("kind") == "rule",
        # What shows a child is never copied: the provider is asked for the item itself, and seals it.
        content=b"" if is_csam else json.dumps(content, sort_keys=True, ensure_ascii=False).encode(),
    )


def _action(row: Mapping[str, Any]) -> ActionRow:
    is_callback = "action" in row
    policies = [one for one in row.get("policies") or [] if isinstance(one, dict)]
    creator = row.get("creator") or {}
    return ActionRow(
        item=_item(row, "item") if is_callback else Item(_id(row, "itemId"), _text(row, "itemTypeId")[:ITEM_TYPE]),
        action=_text(row["action"], "id", place="action.") if is_callback else _text(row, "actionId"),
        policies=tuple(str(one) for one in row.get("policyIds") or [one.get("id", "") for one in policies]),
        policy_names=tuple(str(one.get("name", "")) for one in policies),
        author_id=_text(creator, "id", needed=False)[:ITEM_ID],
        is_by_rule=bool(row.get("rules")),
        at=_time(row, "at") if row.get("at") else None,
    )


def _appeal(row: Mapping[str, Any]) -> AppealRow:
    words = _text(row, "appealReason", needed=False)[:WORDS]
    return AppealRow(_text(row, "appealId"), _item(row, "actionedItem"), _time(row, "appealedAt"), words)


def _answer(row: Mapping[str, Any]) -> AnswerRow:
    decision = _text(row, "appealDecision")
    if decision not in {"ACCEPT", "REJECT"}:
        raise RowWrong("appealDecision is neither ACCEPT nor REJECT; correct it")
    return AnswerRow(_text(row, "appealId"), decision == "ACCEPT", _time(row, "at") if row.get("at") else None)


def _item(row: Mapping[str, Any], name: str) -> Item:
    item = row.get(name)
    if not isinstance(item, dict):
        raise RowWrong(f"{name} is no object; see Coop's documentation of it")
    kind = item.get("type")
    type_id = (
        _text(kind, "id", place=f"{name}.type.") if isinstance(kind, dict) else _text(item, "typeId", place=f"{name}.")
    )
    return Item(_id(item, "id", place=f"{name}."), type_id[:ITEM_TYPE])


def _id(row: Mapping[str, Any], name: str, *, place: str = "") -> str:
    text = _text(row, name, place=place)
    if len(text) > ITEM_ID:
        raise RowWrong(f"{place}{name} is longer than {ITEM_ID} letters; shorten it as your system does for reports")
    return text


def _text(row: Any, name: str, *, place: str = "", needed: bool = True) -> str:
    value = row.get(name) if isinstance(row, dict) else None
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value):
        raise RowWrong(f"{place}{name} is missing or no text; add it")
    return value


def _time(row: Mapping[str, Any], name: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(row, name))
    except ValueError:
        raise RowWrong(f"{name} is no time; write it as 2026-01-15T10:30:00Z") from None
    if at.tzinfo is None:
        raise RowWrong(f"{name} has no time zone; write Z after it for UTC")
    return at


_READERS: dict[type[Any], Callable[[Mapping[str, Any]], Row]] = {
    ReportRow: _report,
    ActionRow: _action,
    AppealRow: _appeal,
    AnswerRow: _answer,
}
