"""One JSON object a line, with ids and words of ours only: no addresses, no content, no query strings."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

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


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; of an exception it keeps the class and the lines of code, not the text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": _message(record),
        }
        line.update({name: getattr(record, name) for name in ALLOWED if hasattr(record, name)})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            line["where"] = _lines(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    if record.name.startswith("leeward"):
        return record.getMessage()
    # A library may log an exception as its message; the text of that could hold anything.
    return record.msg if isinstance(record.msg, str) else type(record.msg).__qualname__


def _lines(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    lines = []
    while trace is not None:
        lines.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return lines[-8:]
