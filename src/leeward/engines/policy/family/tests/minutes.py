"""A second way to know when windows are in force and what is decided: look at the wall clock of every single minute."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from leeward.engines.policy.family import NEVER, Profile, Rule, Window
from leeward.engines.policy.family.tests.cast import LISTED, MINUTE, WORLD

DAYS_BACK, DAYS_AHEAD = 3, 4
Answer = tuple[Rule, str, int]


@cache
def wall_clock(zone: str, base: datetime) -> list[datetime]:
    """Return what the clock on the wall shows in each minute from three days before `base` until four days after."""
    place, number = ZoneInfo(zone), (DAYS_BACK + DAYS_AHEAD) * 24 * 60
    begin = base - timedelta(days=DAYS_BACK)
    return [(begin + minute * MINUTE).astimezone(place).replace(tzinfo=None) for minute in range(number)]


def in_force(windows: Iterable[Window], *, profile: Profile, base: datetime) -> set[datetime]:
    """Return every minute near `base` that lies in one of the windows."""
    shown = wall_clock(profile.zone, base)
    first_day, found = shown[0].date() - timedelta(days=2), set[int]()
    for window in windows:
        for number in range(DAYS_BACK + DAYS_AHEAD + 4):
            day = first_day + timedelta(days=number)
            if day.weekday() in window.days and day not in profile.free_days:
                begins = datetime.combine(day, time.min) + window.start * MINUTE
                days = 1 if window.end <= window.start else 0
                ends = datetime.combine(day + timedelta(days=days), time.min) + window.end * MINUTE
                found.update(range(first_showing(shown, begins), first_showing(shown, ends)))
    begin = base - timedelta(days=DAYS_BACK)
    return {begin + minute * MINUTE for minute in found}


def first_showing(shown: list[datetime], wall: datetime) -> int:
    return next((number for number, clock in enumerate(shown) if clock >= wall), len(shown))


class Model:
    """Answer for one name and profile in every minute near `base`, by one long question."""

    def __init__(self, name: str, profile: Profile, base: datetime) -> None:
        self.name, self.profile = name, profile
        self.bedtime = in_force(profile.bedtime, profile=profile, base=base)
        self.homework = in_force(profile.homework, profile=profile, base=base)
        self.marks, self.listed = LISTED.marks_of(name)

    def answer(self, at: datetime) -> Answer:
        profile, verdict, own = self.profile, WORLD.decide(self.name), self.own(at)
        has_extra = profile.extra_until is not None and at < profile.extra_until
        homework = profile.homework_blocked & self.marks
        if self.marks & NEVER:
            return Rule.NEVER, self.listed, NEVER
        if verdict.blocked:
            return (Rule.LAW if verdict.name == "law.example" else Rule.OPERATOR), verdict.name, 0
        if profile.paused_until is not None and at < profile.paused_until:
            return Rule.PAUSE, "", 0
        if at in self.bedtime and not has_extra:
            return Rule.BEDTIME, "", 0
        if own is not None:
            return own
        if at in self.homework and not has_extra and homework:
            return Rule.HOMEWORK, self.listed, homework
        if profile.blocked & self.marks:
            return Rule.CATEGORY, self.listed, profile.blocked & self.marks
        if profile.safe & self.marks:
            return Rule.SAFE, self.listed, profile.safe & self.marks
        return Rule.OPEN, "", 0

    def own(self, at: datetime) -> Answer | None:
        fitting = [
            (len(own.name), own.allows, own.name)
            for own in self.profile.owns
            if (self.name == own.name or self.name.endswith(f".{own.name}")) and (own.until is None or at < own.until)
        ]
        if not fitting:
            return None
        _, allows, name = max(fitting)
        return (Rule.OWN_OPEN if allows else Rule.OWN_CLOSED), name, 0
