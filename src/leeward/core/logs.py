"""One JSON object a line, with ids and words of ours only: no addresses, no content, no query strings."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

# What a log call may add. Anything else is left out, so that nothing personal slips in by a new keyword.
ALLOWED = (
    "delivery",
    "task",
    "error",
    "parked",
    "status",
    "method",
    "route",
    "duration_ms",
    "process",
    "position",
    "count",
)
_PHRASES: Final = frozenset(status.phrase for status in HTTPStatus)
_LEFT_OUT: Final = "…"
# One place of a message that `%` fills.
_GAP: Final = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[diouxXeEfFgGcrsa]")


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; of an exception it keeps the class and the lines of code, not the text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": _message(record),
        }
        line.update(_of_request(record))
        line.update({name: getattr(record, name) for name in ALLOWED if hasattr(record, name)})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            line["where"] = _lines(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    if record.name.startswith("leeward"):
        return record.getMessage()
    if not isinstance(record.msg, str):
        # A library may log an exception as its message; the text of that could hold anything.
        return type(record.msg).__qualname__
    # What a library fills in could be a path or a name, so only the phrases of HTTP itself are let through.
    values = record.args if isinstance(record.args, tuple) else ()
    shown = iter([value if value in _PHRASES else _LEFT_OUT for value in values])
    return _GAP.sub(lambda _: next(shown, _LEFT_OUT), record.msg)


def _of_request(record: logging.LogRecord) -> dict[str, object]:
    """Return which page broke, by the pattern of its address, as Django's own lines carry the request with them."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    found = {"status": getattr(record, "status_code", None), "route": getattr(match, "route", None)}
    return {name: value for name, value in found.items() if value is not None}


def _lines(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    lines = []
    while trace is not None:
        lines.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return lines[-8:]
