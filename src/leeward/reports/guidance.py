"""What makes a report efficient, for a child, a parent and a teacher: which texts each of them reads, and in which order."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leeward.engines.reading import Band


class Reader(enum.StrEnum):
    """For whom a page of guidance is written."""

    CHILD = "child"
    PARENT = "parent"
    TEACHER = "teacher"

    @property
    def band(self) -> Band:
        """The band whose words this reader gets. A child is not asked for its age only to read."""
        return Band.MIDDLE if self is Reader.CHILD else Band.ADULT


class Device(enum.StrEnum):
    """On what somebody takes a picture of the screen. The value is what its maker calls it, in every language."""

    WINDOWS = "Windows"
    MAC = "Mac"
    IOS = "iPhone, iPad"
    ANDROID = "Android"
    CHROMEOS = "Chromebook"
    LINUX = "Linux"


@dataclass(frozen=True, slots=True)
class Part:
    """One idea of the page: a picture, a heading and one line for each thing to know."""

    picture: str
    title: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Way:
    """How a picture of the screen is taken on one device."""

    device: Device
    lines: Sequence[str]


# An Android says Linux as well, and a Chromebook says X11, so the order counts.
_SIGNS = (
    ("CrOS", Device.CHROMEOS),
    ("Android", Device.ANDROID),
    ("iPhone", Device.IOS),
    ("iPad", Device.IOS),
    ("iPod", Device.IOS),
    ("Windows", Device.WINDOWS),
    ("Macintosh", Device.MAC),
    ("Linux", Device.LINUX),
    ("X11", Device.LINUX),
)
_WAYS: Mapping[Device, tuple[str, ...]] = {
    Device.WINDOWS: ("guide.screen.windows",),
    Device.MAC: ("guide.screen.mac",),
    Device.IOS: ("guide.screen.ios", "guide.screen.ios_home"),
    Device.ANDROID: ("guide.screen.android",),
    Device.CHROMEOS: ("guide.screen.chromeos",),
    Device.LINUX: ("guide.screen.linux",),
}


def _plan(picture: str, table: str, *names: str, title: str = "title") -> Part:
    """Return a part with keys in the place of texts. A name without a dot is a key of `table`."""
    return Part(picture, f"{table}.{title}", [name if "." in name else f"{table}.{name}" for name in names])


_FIRST = _plan("first", "guide.first", "call", "talk")
_WHAT = _plan("what", "guide.what", "address", "app", "name", "time")
_SCREEN = _plan("screen", "guide.screen", "safe", "cut", "add")
_NOT = _plan("not", "guide.not", "guide.never", "why", "law", "address", "password")
_NOT_CHILD = _plan("not", "guide.not", "guide.never", "why", "law", "address", "own", "password")
_KEEP = _plan("keep", "guide.keep", "leave", "block", "write", "code")
_KEEP_PARENT = _plan("keep", "guide.keep", *_KEEP.lines, "guide.parent.yourself", "guide.parent.pay")
_NEXT = _plan("next", "guide.next", "person", "code", "ask", "name")
_AWAY = _plan("away", "guide.away", "press", "close", "trace")
_TALK = _plan("talk", "guide.talk", "guide.tell", "brave", "guide.not_your_fault")
_POLICE = _plan("police", "guide.parent", "meet", "threat", "picture", title="police")
_PARENT = _plan(
    "talk", "guide.parent", "thank", "blame", "guide.not_your_fault", "listen", "together", "alone", title="talk"
)
_PUPIL = _plan("talk", "guide.teacher", "thank", "blame", "guide.not_your_fault", "secret", "listen", title="talk")
_SCHOOL = _plan("school", "guide.teacher", "tell", "phone", "send", "shared", "police", "note", title="school")
_PLANS: Mapping[Reader, Sequence[Part]] = {
    Reader.CHILD: (_FIRST, _WHAT, _SCREEN, _NOT_CHILD, _KEEP, _NEXT, _TALK, _AWAY),
    Reader.PARENT: (_FIRST, _POLICE, _PARENT, _NOT, _WHAT, _SCREEN, _KEEP_PARENT, _NEXT, _AWAY),
    Reader.TEACHER: (_FIRST, _PUPIL, _SCHOOL, _NOT, _WHAT, _SCREEN, _KEEP, _NEXT),
}


def device_of(user_agent: str) -> Device | None:
    """Return what a browser runs on as far as it says so, else None. An iPad that asks for desktop pages says Mac."""
    return next((device for sign, device in _SIGNS if sign in user_agent), None)


def parts(reader: Reader, texts: Mapping[str, str]) -> list[Part]:
    """Return the page for `reader` in the words of `texts`. Raises `KeyError` where a text is not there at all."""
    return [Part(plan.picture, texts[plan.title], [texts[key] for key in plan.lines]) for plan in _PLANS[reader]]


def ways(texts: Mapping[str, str], *, first: Device | None) -> list[Way]:
    """Return how a picture of the screen is taken on every device, with `first` at the head."""
    devices = sorted(Device, key=lambda device: device is not first)
    return [Way(device, [texts[key] for key in _WAYS[device]]) for device in devices]
