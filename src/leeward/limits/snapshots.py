"""All that one step can change of limits, as text: taken before the step, and put back when it is undone."""

from __future__ import annotations

import json
from datetime import datetime

from leeward.limits.models import Limits, OwnName, Window

_FIELDS = ("blocked", "homework_blocked", "safe", "shows_names")
_MOMENTS = ("paused_until", "extra_until")


def taken(limits: Limits) -> str:
    """Return everything of these limits as it stands: the row as it is in memory, what hangs on it as it is stored."""
    state: dict[str, object] = {name: getattr(limits, name) for name in _FIELDS}
    state |= {name: _written(getattr(limits, name)) for name in _MOMENTS}
    state["windows"] = [[one.purpose, one.days, one.start, one.end] for one in limits.windows.order_by("pk")]
    state["owns"] = [
        [str(own.uid), own.name, own.allows, _written(own.until), _written(own.made_at)]
        for own in limits.own_names.order_by("pk")
    ]
    return json.dumps(state)


def put_back(limits: Limits, text: str) -> None:
    """Make everything of these limits as `taken` found it, inside the transaction of a service."""
    state = json.loads(text)
    for name in _FIELDS:
        setattr(limits, name, state[name])
    for name in _MOMENTS:
        setattr(limits, name, _read(state[name]))
    limits.windows.all().delete()
    Window.objects.bulk_create(
        Window(limits=limits, purpose=purpose, days=days, start=start, end=end)
        for purpose, days, start, end in state["windows"]
    )
    limits.own_names.all().delete()
    OwnName.objects.bulk_create(
        OwnName(
            limits=limits,
            uid=uid,
            name=name,
            allows=allows,
            until=_read(until),
            made_at=datetime.fromisoformat(made_at),
        )
        for uid, name, allows, until, made_at in state["owns"]
    )


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
