"""What the tests of the family's policy share: marks, windows, worlds, and strategies for profiles."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from leeward.engines.policy import ALLOWED, Reason, Verdict
from leeward.engines.policy.family import NEVER, RESET, Names, Own, Profile, Window, catalogue

EVERY_DAY = frozenset(range(7))
SCHOOL_DAYS = frozenset(range(5))
NIGHT = Window(days=EVERY_DAY, start=21 * 60, end=7 * 60)
AFTERNOON = Window(days=SCHOOL_DAYS, start=14 * 60, end=18 * 60)
GAMES, SOCIAL, ADULT, GOOGLE = (catalogue().entry(slug).mark for slug in ("games", "social", "adult", "safe-google"))
MINUTE = timedelta(minutes=1)
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

LISTED = Names(
    {
        "play.example": GAMES,
        "school.play.example": RESET,
        "chess.play.example": RESET | SOCIAL,
        "talk.example": SOCIAL,
        "games.talk.example": GAMES,
        "help.example": NEVER | ADULT,
        "mixed.example": ADULT,
        "help.mixed.example": NEVER,
        "help.law.example": NEVER,
        "search.example": GOOGLE,
        "adult.search.example": ADULT,
        "deep.reset.help.example": RESET | GAMES,
    }
)
NAMES = (
    "play.example",
    "www.play.example",
    "school.play.example",
    "a.chess.play.example",
    "talk.example",
    "games.talk.example",
    "help.example",
    "help.mixed.example",
    "mixed.example",
    "www.search.example",
    "adult.search.example",
    "deep.reset.help.example",
    "law.example",
    "help.law.example",
    "provider.example",
    "other.example",
)
# With a change by an hour, by half an hour, at midnight, none at all, an odd offset, and a day that never was.
PLACES = (
    ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 7, 12, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 31, 12, tzinfo=UTC)),
    ("Asia/Ulaanbaatar", MONDAY_NOON),
    ("Asia/Kathmandu", MONDAY_NOON),
    ("Pacific/Apia", datetime(2011, 12, 29, 12, tzinfo=UTC)),
)


class Provider:
    """The global plane of the tests, in place of a mapped table: two names, each with what is below it."""

    def decide(self, name: str, /) -> Verdict:
        """Keep `law.example` away by law and `provider.example` by the provider's own decision."""
        for listed, reason in (("law.example", Reason.censored), ("provider.example", Reason.operator_block)):
            if name == listed or name.endswith(f".{listed}"):
                return Verdict(blocked=True, name=listed, reason=reason, sign=1)
        return ALLOWED


WORLD = Provider()

slots = st.integers(0, 95).map(lambda slot: slot * 15)
windows = st.builds(
    Window, days=st.frozensets(st.integers(0, 6), min_size=1), start=slots, end=st.integers(0, 96).map(lambda n: n * 15)
)
marks = st.sets(st.sampled_from([GAMES, SOCIAL, ADULT])).map(sum)


def near(base: datetime) -> st.SearchStrategy[datetime]:
    return st.integers(-600, 3000).map(lambda minutes: base + minutes * MINUTE)


def dates_near(base: datetime) -> st.SearchStrategy[date]:
    return st.integers(-3, 5).map(lambda days: base.date() + timedelta(days=days))


def profiles(zone: str, base: datetime) -> st.SearchStrategy[Profile]:
    moments = st.none() | near(base)
    return st.builds(
        Profile,
        number=st.just(1),
        blocked=marks,
        bedtime=st.lists(windows, max_size=2).map(tuple),
        homework=st.lists(windows, max_size=2).map(tuple),
        homework_blocked=marks,
        free_days=st.frozensets(dates_near(base), max_size=2),
        zone=st.just(zone),
        paused_until=moments,
        extra_until=moments,
        safe=st.sampled_from([0, GOOGLE]),
        owns=st.lists(
            st.builds(Own, name=st.sampled_from([*NAMES, "example"]), allows=st.booleans(), until=moments), max_size=3
        ).map(tuple),
    )
