"""The writer and the readers of the family plane, each through its public face."""

import pathlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from leeward.engines.policy import TableBusy
from leeward.engines.policy.family import NEVER, RESET, Own, Profile, Rule, Window
from leeward.engines.policy.mapped import (
    RULES,
    BadWire,
    Family,
    IdentityRefused,
    NotListable,
    ProfileMissing,
    Writer,
    _keys,
)
from leeward.engines.policy.mapped.tests.cast import (
    ADULT,
    ANA,
    BEA,
    EVE,
    EVERY_DAY,
    GAMES,
    MONDAY_NOON,
    NIGHT,
    SEARCH,
    SOCIAL,
    VIDEO,
)

NOW_S = int(MONDAY_NOON.timestamp())
HOUR = timedelta(hours=1)
STRICT = Profile(1, blocked=GAMES | ADULT)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "family"


@pytest.fixture
def writer(folder: pathlib.Path) -> Iterator[Writer]:
    with Writer.create(folder) as made:
        made.put_profile(STRICT, at=MONDAY_NOON)
        made.put_who(ANA, 1)
        yield made


def rule_of(reader: Family, name: str, who: bytes = ANA, at_s: int = NOW_S) -> Rule:
    return reader.decide(name, who, at_s).rule


def test_a_listed_name_is_kept_away_and_so_is_what_is_below_it(folder: pathlib.Path, writer: Writer) -> None:
    reader = Family.open(folder)

    writer.put_name("play.example", GAMES)

    found = {name: rule_of(reader, name) for name in ("play.example", "WWW.Play.Example.", "myplay.example", "example")}
    assert list(found.values()) == [Rule.CATEGORY, Rule.CATEGORY, Rule.OPEN, Rule.OPEN]


@pytest.mark.parametrize(
    "identity", [ANA, BEA, b"6\x20\x01\x0d\xb8\0\0\0\x01", b"p\xc0\x00\x02\x07\x00\x10", b"e\x00\xff"]
)
def test_every_kind_of_identity_leads_to_its_profile_and_no_other(
    folder: pathlib.Path, writer: Writer, identity: bytes
) -> None:
    writer.put_name("play.example", GAMES)
    writer.put_who(identity, 1)
    reader = Family.open(folder)

    assert rule_of(reader, "play.example", identity) is Rule.CATEGORY
    assert rule_of(reader, "play.example", identity[:-1] + b"z") is Rule.STRANGER
    assert rule_of(reader, "play.example", b"") is Rule.STRANGER

    writer.drop_who(identity)

    assert rule_of(reader, "play.example", identity) is Rule.STRANGER


def test_equal_checksums_are_not_equal_names(folder: pathlib.Path, writer: Writer) -> None:
    one, other = twins()
    assert _keys.key_of(_keys.tail_of(one)) == _keys.key_of(_keys.tail_of(other))

    writer.put_name(one, GAMES)
    reader = Family.open(folder)

    assert rule_of(reader, one) is Rule.CATEGORY
    assert rule_of(reader, other) is Rule.OPEN
    writer.put_name(other, SOCIAL)
    assert reader.marks_of(one) == (GAMES, one)
    assert reader.marks_of(other) == (SOCIAL, other)


def twins() -> tuple[str, str]:
    """Return two names with one key: whatever stands before, the same difference of the octets has the same effect."""
    # The key runs from the root's end, so octets that differ must be read together: found by trying made-up words.
    seen: dict[int, str] = {}
    for number in range(400_000):
        name = f"{number * 7_919 % 1_000_003:x}{number:x}.example"
        key = _keys.key_of(_keys.tail_of(name))
        if key in seen:
            return seen[key], name
        seen[key] = name
    raise AssertionError("no two names have the same key")


def test_marks_of_all_four_words_are_kept(folder: pathlib.Path, writer: Writer) -> None:
    marks = GAMES | SOCIAL | ADULT | VIDEO | SEARCH | 1 << 64 | 1 << 95 | 1 << 96

    writer.put_name("play.example", marks)

    assert Family.open(folder).marks_of("a.play.example") == (marks, "play.example")


def test_a_name_that_comes_twice_in_a_list_has_the_marks_of_both(folder: pathlib.Path, writer: Writer) -> None:
    listed = [("play.example", GAMES), ("PLAY.example", SOCIAL), ("play.example", ADULT), ("a.example", GAMES)]

    assert writer.swap_names(listed) == 2
    assert Family.open(folder).marks_of("play.example") == (GAMES | SOCIAL | ADULT, "play.example")


def test_a_swap_replaces_the_whole_list_for_a_reader_that_is_there(folder: pathlib.Path, writer: Writer) -> None:
    reader = Family.open(folder)
    writer.swap_names([(f"n{number}.play.example", GAMES) for number in range(5_000)])
    assert rule_of(reader, "n4999.play.example") is Rule.CATEGORY

    writer.swap_names([("talk.example", ADULT)])

    assert rule_of(reader, "n4999.play.example") is Rule.OPEN
    assert rule_of(reader, "talk.example") is Rule.CATEGORY


def test_a_crowded_suffix_hides_no_name(folder: pathlib.Path, writer: Writer) -> None:
    names = [f"{prefix}n{number}.co.example" for number in range(600) for prefix in ("", "www.", "a.b.")]
    writer.swap_names([(name, GAMES) for name in names])
    reader = Family.open(folder)

    writer.put_name("late.co.example", GAMES)
    writer.put_name("x.late.co.example", ADULT)

    assert all(reader.marks_of(name)[1] == name for name in [*names, "late.co.example", "x.late.co.example"])


@pytest.mark.parametrize(
    "name",
    ["com", "", "a..example", "a" * 64 + ".example", "a.example.", "ü.example", "a b.example", ".".join("a" * 128)],
)
def test_what_is_no_host_name_is_refused_with_its_place_and_changes_nothing(
    folder: pathlib.Path, writer: Writer, name: str
) -> None:
    writer.put_name("play.example", GAMES)
    before = (folder / "names.tbl").read_bytes()

    with pytest.raises(NotListable, match=r"name number 3: .*policy.normalise"):
        writer.swap_names([("a.example", 1), ("b.example", 1), (name, 1), ("c.example", 1)])

    if " " not in name:
        with pytest.raises(NotListable):
            writer.put_name(name, GAMES)
    assert (folder / "names.tbl").read_bytes() == before


def test_marks_beyond_128_bits_are_refused(writer: Writer) -> None:
    for marks in (1 << 128, -1):
        with pytest.raises(NotListable, match="128 bits"):
            writer.put_name("play.example", marks)
        with pytest.raises(NotListable, match="128 bits"):
            writer.swap_names([("play.example", marks)])


def test_more_sets_of_marks_than_there_is_room_for_are_kept(folder: pathlib.Path, writer: Writer) -> None:
    for number in range(3_000):
        writer.put_name("play.example", number + 1)
    writer.put_name("talk.example", 1 << 64)
    reader = Family.open(folder)

    assert reader.marks_of("play.example")[0] == 3_000
    assert reader.marks_of("talk.example")[0] == 1 << 64


def test_all_tables_grow_under_a_reader(folder: pathlib.Path, writer: Writer) -> None:
    reader = Family.open(folder)
    addresses = [b"4\x0a" + number.to_bytes(3, "big") for number in range(1_500)]
    for number, address in enumerate(addresses, start=1):
        own = Own(f"n{number}.play.example", allows=True)
        writer.put_profile(replace(STRICT, number=number, owns=(own,)), at=MONDAY_NOON)
        writer.put_who(address, number)
        writer.put_who(b"ttoken%d" % number, number)
        writer.put_name(f"n{number}.play.example", GAMES)

    found = [
        (rule_of(reader, f"n{own}.play.example", who), rule_of(reader, f"x.n{own + 1}.play.example", who))
        for own in (1, 128, 700, 1_499)
        for who in (addresses[own - 1], b"ttoken%d" % own)
    ]

    assert found == [(Rule.OWN_OPEN, Rule.CATEGORY)] * 8


def test_a_profile_is_replaced_with_its_own_names(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_name("play.example", GAMES)
    reader = Family.open(folder)
    for owns in ((Own("play.example", allows=True),), (Own("talk.example", allows=False),), ()):
        writer.put_profile(replace(STRICT, owns=owns), at=MONDAY_NOON)
        expected = {own.name: Rule.OWN_OPEN if own.allows else Rule.OWN_CLOSED for own in owns}

        assert rule_of(reader, "play.example") is expected.get("play.example", Rule.CATEGORY)
        assert rule_of(reader, "talk.example") is expected.get("talk.example", Rule.OPEN)


def test_the_first_exception_of_a_profile_is_in_force_at_once(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_name("play.example", GAMES)
    reader = Family.open(folder)

    writer.put_own(1, Own("play.example", allows=True, until=MONDAY_NOON + HOUR))

    decision = reader.decide("www.play.example", ANA, NOW_S)
    assert (decision.rule, decision.name, decision.until) == (Rule.OWN_OPEN, "play.example", MONDAY_NOON + HOUR)
    assert rule_of(reader, "play.example", at_s=NOW_S + 3600) is Rule.CATEGORY
    writer.drop_own(1, "play.example")
    assert rule_of(reader, "play.example") is Rule.CATEGORY


def test_one_hour_more_suspends_bedtime_and_homework(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_name("play.example", SOCIAL)
    always = Window(days=EVERY_DAY, start=0, end=1440)
    bedtime, homework = replace(STRICT, bedtime=(always,)), replace(STRICT, homework=(always,), homework_blocked=SOCIAL)
    reader = Family.open(folder)
    for profile, rule in ((bedtime, Rule.BEDTIME), (homework, Rule.HOMEWORK)):
        writer.put_profile(replace(profile, extra_until=MONDAY_NOON + HOUR), at=MONDAY_NOON)

        assert rule_of(reader, "play.example") is Rule.OPEN
        assert reader.decide("play.example", ANA, NOW_S).until == MONDAY_NOON + HOUR
        assert rule_of(reader, "play.example", at_s=NOW_S + 3600) is rule


def test_a_dropped_profile_leaves_strangers_until_it_is_put_again(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_name("play.example", GAMES)
    reader = Family.open(folder)

    writer.drop_profile(1)
    writer.drop_profile(99)
    assert rule_of(reader, "play.example") is Rule.STRANGER
    writer.close()

    with Writer.open(folder) as again:
        again.put_profile(STRICT, at=MONDAY_NOON)

    assert rule_of(reader, "play.example") is Rule.CATEGORY


def test_a_helpline_is_open_even_for_a_paused_profile(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_profile(replace(STRICT, paused_until=MONDAY_NOON + HOUR), at=MONDAY_NOON)
    writer.put_name("help.example", NEVER | GAMES)
    writer.put_name("x.help.example", RESET)
    reader = Family.open(folder)

    assert [rule_of(reader, name) for name in ("help.example", "x.help.example", "a.example")] == [
        Rule.NEVER,
        Rule.NEVER,
        Rule.PAUSE,
    ]


def test_the_compiled_answer_names_the_rule_and_the_search_engine(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_profile(replace(STRICT, safe=SEARCH | SEARCH << 2), at=MONDAY_NOON)
    writer.put_name("search.example", SEARCH << 2 | SOCIAL)
    reader = Family.open(folder)
    packet = bytes(12) + b"\3WwW\6search\7example\0\0\1\0\1"

    code = reader.decide_wire(packet, 12, ANA, NOW_S)

    assert RULES[code & 255] is Rule.SAFE
    assert code >> 8 == 4
    assert RULES[reader.decide_wire(packet, 12, EVE, NOW_S)] is Rule.STRANGER


@pytest.mark.parametrize(
    "octets", [b"", b"\3www", b"\3www\7exampl", b"\xc0\x0c", b"\x40" + b"a" * 64 + b"\0", b"\1a" * 128 + b"\0"]
)
def test_octets_that_are_no_name_are_refused(folder: pathlib.Path, writer: Writer, octets: bytes) -> None:
    reader = Family.open(folder)

    assert reader.decide_wire(octets, 0, ANA, NOW_S) == -1
    with pytest.raises(BadWire):
        reader.decide(octets, ANA, NOW_S)
    with pytest.raises(BadWire):
        reader.marks_of(octets)


def test_the_reader_says_until_when_the_windows_are_baked(folder: pathlib.Path, writer: Writer) -> None:
    reader = Family.open(folder)
    assert reader.baked_until() is None

    writer.put_profile(replace(STRICT, bedtime=(NIGHT,)), at=MONDAY_NOON + timedelta(minutes=7))
    writer.put_profile(replace(STRICT, number=2, homework=(NIGHT,)), at=MONDAY_NOON + HOUR)

    assert reader.baked_until() == MONDAY_NOON + timedelta(days=7)


def test_after_the_baked_days_the_week_goes_on(folder: pathlib.Path, writer: Writer) -> None:
    writer.put_profile(replace(STRICT, bedtime=(NIGHT,)), at=MONDAY_NOON)
    reader = Family.open(folder)

    rules = [rule_of(reader, "a.example", at_s=NOW_S + (11 * 3600 if late else 0) + 21 * 86_400) for late in (0, 1)]

    assert rules == [Rule.OPEN, Rule.BEDTIME]


@pytest.mark.parametrize(
    "identity", [b"", b"4", b"4abc", b"4\0\0\0\0", b"6short", b"x12", b"t", b"tUpper", b"p12345", b"t" + b"a" * 255]
)
def test_what_is_no_identity_is_refused(writer: Writer, identity: bytes) -> None:
    with pytest.raises(IdentityRefused, match="identity"):
        writer.put_who(identity, 1)
    with pytest.raises(IdentityRefused):
        writer.drop_who(identity)


def test_a_profile_that_is_not_there_is_said_to_be_missing(writer: Writer) -> None:
    with pytest.raises(ProfileMissing, match="put the profile first"):
        writer.put_who(ANA, 2)
    with pytest.raises(ProfileMissing):
        writer.put_own(2, Own("play.example", allows=True))


def test_two_writers_never_have_the_same_tables(folder: pathlib.Path, writer: Writer) -> None:
    for make in (Writer.open, Writer.create):
        with pytest.raises(TableBusy):
            make(folder)


def test_the_key_and_the_places_are_those_of_the_document(folder: pathlib.Path, writer: Writer) -> None:
    text = (pathlib.Path(_keys.__file__).with_name("FORMAT.md")).read_text(encoding="utf-8")
    keys = re.findall(r"key `(0x[0-9A-F]{8})`", text.replace("\n", " "))
    assert [int(key, 16) for key in keys[:1]] == [_keys.key_of(_keys.tail_of("bad.example"))]
    writer.put_name("bad.example", GAMES | ADULT)
    octets = (folder / "names.tbl").read_bytes()
    words = struct.unpack_from("<32I", octets)

    key, ref = 0, 0
    slot = int(keys[0], 16) & words[6]
    key, ref = struct.unpack_from("<II", octets, words[5] * 8 + slot * 8)
    mark, length = struct.unpack_from("<IB", octets, ref * 8)

    assert words[:3] == (0x4D41464C, 1, 1)
    assert words[15] == zlib.crc32(octets[:60])
    assert key == int(keys[0], 16)
    assert octets[ref * 8 + 5 : ref * 8 + 5 + length] == b"\3bad\7example"
    assert struct.unpack_from("<4I", octets, words[10] * 8 + mark * 16) == (GAMES, ADULT >> 32, 0, 0)
