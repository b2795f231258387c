"""Whatever is put into the tables in whatever order, they answer as the slow, obvious reference does."""

import pathlib
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from leeward.engines.policy import _names
from leeward.engines.policy.family import Names, Profile, decide
from leeward.engines.policy.mapped import RULES, Family, Writer, _keys, _weeks
from leeward.engines.policy.mapped.tests.cast import (
    ANA,
    BEA,
    EVE,
    MINUTE,
    NAMES,
    PLACES,
    World,
    is_same,
    listed_marks,
    owns,
    profiles,
)

WEEK = timedelta(days=7)
PLACE_OF_A_RUN = st.shared(st.sampled_from(PLACES), key="place")


class TablesEqualReference(RuleBasedStateMachine):
    """Do everything to the tables and to plain dictionaries; ask both."""

    @initialize(data=st.data(), place=PLACE_OF_A_RUN)
    def create(self, data: st.DataObject, place: tuple[str, datetime]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "family"
        self.writer = Writer.create(self.path)
        self.reader = Family.open(self.path, world=World())
        self.marks: dict[str, int] = {}
        self.profiles: dict[int, Profile] = {}
        self.baked: dict[int, datetime] = {}
        self.who: dict[bytes, int] = {}
        for number, identity in ((1, ANA), (2, BEA)):
            self.keep(replace(data.draw(profiles(*place)), number=number), place[1])
            self.put_who(identity, number)

    @rule(name=st.sampled_from(NAMES), marks=listed_marks)
    def put_name(self, name: str, marks: int) -> None:
        self.writer.put_name(name, marks)
        self.marks[name] = marks

    @rule(name=st.sampled_from(NAMES))
    def drop_name(self, name: str) -> None:
        self.writer.drop_name(name)
        self.marks.pop(name, None)

    @rule(listed=st.lists(st.tuples(st.sampled_from(NAMES), listed_marks), max_size=12))
    def swap_names(self, listed: list[tuple[str, int]]) -> None:
        self.writer.swap_names(listed)
        self.marks = {}
        for name, marks in listed:
            self.marks[name] = self.marks.get(name, 0) | marks

    @rule(data=st.data(), place=PLACE_OF_A_RUN)
    def put_profile(self, data: st.DataObject, place: tuple[str, datetime]) -> None:
        self.keep(data.draw(profiles(*place)), place[1])

    def keep(self, profile: Profile, at: datetime) -> None:
        self.writer.put_profile(profile, at=at)
        self.profiles[profile.number] = profile
        self.baked[profile.number] = at + WEEK

    @rule(number=st.integers(1, 2))
    def drop_profile(self, number: int) -> None:
        self.writer.drop_profile(number)
        self.profiles.pop(number, None)

    @rule(data=st.data(), place=PLACE_OF_A_RUN)
    def put_own(self, data: st.DataObject, place: tuple[str, datetime]) -> None:
        own = data.draw(owns(place[1]))
        for number, profile in self.profiles.items():
            self.writer.put_own(number, own)
            kept = [one for one in profile.owns if (one.name, one.allows) != (own.name, own.allows)]
            self.profiles[number] = replace(profile, owns=(*kept, own))

    @rule(name=st.sampled_from(NAMES))
    def drop_own(self, name: str) -> None:
        for number, profile in self.profiles.items():
            self.writer.drop_own(number, name)
            self.profiles[number] = replace(profile, owns=tuple(one for one in profile.owns if one.name != name))

    @rule(identity=st.sampled_from([ANA, BEA]), number=st.integers(1, 2))
    def put_who(self, identity: bytes, number: int) -> None:
        if number in self.profiles:
            self.writer.put_who(identity, number)
            self.who[identity] = number

    @rule(identity=st.sampled_from([ANA, BEA]))
    def drop_who(self, identity: bytes) -> None:
        self.writer.drop_who(identity)
        self.who.pop(identity, None)

    @rule()
    def open_again(self) -> None:
        self.writer.close()
        self.writer = Writer.open(self.path)
        self.reader = Family.open(self.path, world=World())

    @rule(name=st.sampled_from(NAMES), data=st.data(), place=PLACE_OF_A_RUN)
    def ask_at_some_time(self, name: str, data: st.DataObject, place: tuple[str, datetime]) -> None:
        minutes = data.draw(st.integers(0, 7 * 24 * 60 - 1))
        for identity in (ANA, BEA, EVE):
            self.agrees(f"x.{name}", identity, place[1] + minutes * MINUTE)

    @invariant()
    def every_name_agrees(self) -> None:
        at = max(self.baked.values(), default=PLACES[0][1] + WEEK) - WEEK
        for name in NAMES:
            assert self.reader.marks_of(name) == Names(self.marks).marks_of(name)
            self.agrees(name, ANA, at)
            self.agrees(name, BEA, at + 8 * 60 * MINUTE)

    def agrees(self, name: str, identity: bytes, at: datetime) -> None:
        profile = self.profiles.get(self.who.get(identity, 0))
        expected = decide(name, listed=Names(self.marks), world=World(), profile=profile, at=at)
        found = self.reader.decide(name, identity, int(at.timestamp()))
        baked = self.baked[profile.number] if profile else at
        assert is_same(found, expected, profile=profile, baked_until=baked), (name, found, expected, profile)
        assert self.reader.decide(_names.wire(name.upper()), identity, int(at.timestamp())) == found

    def teardown(self) -> None:
        if hasattr(self, "writer"):
            self.writer.close()
            self.folder.cleanup()


TablesEqualReference.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestTablesEqualReference = TablesEqualReference.TestCase


@settings(max_examples=60, deadline=None)
@given(data=st.data(), place=st.sampled_from(PLACES))
def test_the_maps_of_a_week_are_the_windows_of_the_reference(data: st.DataObject, place: tuple[str, datetime]) -> None:
    profile = data.draw(profiles(*place))
    weeks = _weeks.bake(profile, at=place[1])
    asleep = replace(profile, paused_until=None, extra_until=None, owns=())

    for minutes in data.draw(st.lists(st.integers(0, 7 * 24 * 60 - 1), min_size=20, max_size=40)):
        at = place[1] + minutes * MINUTE
        decision = decide("a.example", listed=Names({}), world=World(), profile=asleep, at=at)
        quarter = int(at.timestamp()) // 900 % 672
        assert weeks.bedtime >> quarter & 1 == (decision.rule.value == "bedtime")


@settings(max_examples=60, deadline=None)
@given(packet=st.binary(max_size=40), before=st.integers(0, 3))
def test_any_octets_get_an_answer(packet: bytes, before: int) -> None:
    code = SHARED.decide_wire(packet, before, ANA, 0)

    assert code == -1 or RULES[code & 255].value == "stranger"


@given(labels=st.lists(st.text("abcXYZ0-_", min_size=1, max_size=63), min_size=2, max_size=4))
def test_a_name_on_the_wire_is_read_back(labels: list[str]) -> None:
    name = ".".join(labels)

    tail = _keys.tail_of(name)

    assert _keys.name_at(tail) == name.lower()
    assert _keys.suffix_tails(tail)[0] == tail
    assert len(_keys.suffix_tails(tail)) == len(labels) - 1
    assert _keys.asked_wire(name) == tail + b"\0"


def _shared() -> Family:
    path = pathlib.Path(tempfile.mkdtemp()) / "family"
    Writer.create(path).close()
    return Family.open(path)


SHARED = _shared()
