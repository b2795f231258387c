"""What the tests of the mapped tables share: marks, names, identities, and strategies for profiles."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from leeward.engines.policy import ALLOWED, Reason, Verdict
from leeward.engines.policy.family import NEVER, RESET, Decision, Own, Profile, Window

GAMES, SOCIAL, ADULT, VIDEO, SEARCH = 1 << 3, 1 << 31, 1 << 32, 1 << 127, 1 << 56
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA, BEA, EVE = b"4\xc0\x00\x02\x01", b"tana-tablet", b"tnobody"
EVERY_DAY = frozenset(range(7))
NIGHT = Window(days=EVERY_DAY, start=21 * 60, end=7 * 60)
MINUTE = timedelta(minutes=1)

NAMES = (
    "play.example",
    "www.play.example",
    "school.play.example",
    "a.school.play.example",
    "talk.example",
    "help.talk.example",
    "b.help.talk.example",
    "play.example.org",
    "law.example",
)
# An hour, half an hour, at midnight, none at all, an odd offset.
PLACES = (
    ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 3, 27, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 2, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 31, 12, tzinfo=UTC)),
    ("Asia/Ulaanbaatar", MONDAY_NOON),
    ("Asia/Kathmandu", MONDAY_NOON),
)


class World:
    """The global plane of the tests: the law keeps one name away, and what is below it."""

    def decide(self, name: str, /) -> Verdict:
        if name == "law.example" or name.endswith(".law.example"):
            return Verdict(blocked=True, name="law.example", reason=Reason.censored, sign=1)
        return ALLOWED


slots = st.integers(0, 95).map(lambda slot: slot * 15)
windows = st.builds(
    Window, days=st.frozensets(st.integers(0, 6), min_size=1), start=slots, end=st.integers(0, 96).map(lambda n: n * 15)
)
blockable = st.sets(st.sampled_from([GAMES, SOCIAL, ADULT, VIDEO])).map(sum)
listed_marks = st.sets(st.sampled_from([GAMES, SOCIAL, ADULT, VIDEO, SEARCH, RESET, NEVER])).map(sum)


def near(base: datetime) -> st.SearchStrategy[datetime]:
    return st.integers(0, 9 * 24 * 60).map(lambda minutes: base + minutes * MINUTE)


def seldom(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[datetime | None]:
    """Draw a moment now and then: a paused profile hides what else it says."""
    return st.sampled_from([False, False, False, True]).flatmap(lambda is_drawn: moments if is_drawn else st.none())


def owns(base: datetime) -> st.SearchStrategy[Own]:
    return st.builds(Own, name=st.sampled_from(NAMES), allows=st.booleans(), until=st.none() | near(base))


def dates(base: datetime) -> st.SearchStrategy[date]:
    return st.integers(-1, 9).map(lambda days: base.date() + timedelta(days=days))


def profiles(zone: str, base: datetime) -> st.SearchStrategy[Profile]:
    return st.builds(
        Profile,
        number=st.integers(1, 2),
        blocked=blockable,
        bedtime=st.lists(windows, max_size=1).map(tuple),
        homework=st.lists(windows, max_size=2).map(tuple),
        homework_blocked=blockable,
        free_days=st.frozensets(dates(base), max_size=2),
        zone=st.just(zone),
        paused_until=seldom(near(base)),
        extra_until=seldom(near(base)),
        safe=st.sampled_from([0, SEARCH]),
        owns=st.lists(owns(base), max_size=3).map(tuple),
    )


def is_same(found: Decision, expected: Decision, *, profile: Profile | None, baked_until: datetime) -> bool:
    """Tell whether a decision from the tables equals the reference's, `until` as far as the windows are baked."""
    has_windows = profile is not None and bool(profile.bedtime or profile.homework)
    is_known = expected.until is not None and (not has_windows or expected.until < baked_until)
    until = expected.until if is_known else None
    return (found.rule, found.name, found.marks, found.until) == (
        expected.rule,
        expected.name,
        expected.marks,
        until,
    )
