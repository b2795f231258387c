"""What comes and goes on a line: one JSON object a frame, binary values as base64url without padding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leeward.engines import sealing
from leeward.helplines import octets
from leeward.helplines.chat.lines import Frame

_UID_SIGNS = 36


class NotUnderstood(Exception):
    """A frame is not what a page of ours sends: reload the page."""


def read(event: Mapping[str, Any]) -> Frame:
    """Return the object that a received event holds; raises `NotUnderstood`."""
    try:
        frame = json.loads(event.get("text") or "")
    except (ValueError, RecursionError):
        raise NotUnderstood from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise NotUnderstood
    return frame


def _octets(frame: Frame, name: str) -> bytes:
    text = frame.get(name)
    if not isinstance(text, str):
        raise NotUnderstood
    try:
        return octets.octets_of(text)
    except octets.NoOctets:
        raise NotUnderstood from None


def key(frame: Frame, name: str) -> bytes:
    """Return 32 octets of a frame; raises `NotUnderstood`."""
    value = _octets(frame, name)
    if len(value) != sealing.KEY_BYTES:
        raise NotUnderstood
    return value


def sealed(frame: Frame, name: str) -> bytes:
    """Return sealed words of a frame; raises `NotUnderstood` where they cannot be any."""
    value = _octets(frame, name)
    if len(value) < sealing.OVERHEAD_BYTES:
        raise NotUnderstood
    return value


def uid(frame: Frame, name: str) -> UUID:
    """Return an id of a frame; raises `NotUnderstood`."""
    text = frame.get(name)
    if not isinstance(text, str):
        raise NotUnderstood
    try:
        return UUID(text)
    except ValueError:
        raise NotUnderstood from None


def place(frame: Frame, name: str) -> int:
    """Return a place in a talk, 0 where it is left out; raises `NotUnderstood`."""
    value = frame.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise NotUnderstood
    return value


def word(frame: Frame, name: str, *, among: frozenset[str]) -> str:
    """Return one of the words that a frame may hold there, or nothing where it holds none; raises `NotUnderstood`."""
    value = frame.get(name, "")
    if value != "" and value not in among:
        raise NotUnderstood
    return str(value)


def named(frame: Frame, *names: str) -> Frame:
    """Return the ids that a refused frame bore, as far as they may be repeated."""
    known = {name: frame.get(name) for name in names}
    return {name: value for name, value in known.items() if isinstance(value, str) and len(value) <= _UID_SIGNS}


def text(frame: Frame) -> str:
    """Return a frame as it goes over the line."""
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def for_reader(frame: Frame, *, copy: str) -> Frame:
    """Return a message with the copy that its reader can open: `copy` is `for_desk` or `for_child`."""
    kept = {name: value for name, value in frame.items() if name not in {"for_desk", "for_child"}}
    return {**kept, "sealed": octets.text_of(frame[copy])}
