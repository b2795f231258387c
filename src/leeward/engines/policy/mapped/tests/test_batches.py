"""Many questions decided with one call are decided as they are one by one."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.policy.family import NEVER, Own, Profile
from leeward.engines.policy.mapped import RULES, Family, Writer, _keys
from leeward.engines.policy.mapped.tests.cast import ADULT, ANA, BEA, EVE, GAMES, MONDAY_NOON, NAMES, SEARCH, SOCIAL

NOW_S = int(MONDAY_NOON.timestamp())
HOME = b"6\x20\x01\x0d\xb8\0\0\0\1"
MARKS = dict(zip(NAMES, (GAMES, SOCIAL, NEVER, 0, SEARCH, GAMES | SEARCH, ADULT, 0, GAMES), strict=True))


@dataclass(frozen=True)
class House:
    reader: Family
    writer: Writer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("batches") / "family"
    with Writer.create(folder) as writer:
        writer.swap_names(MARKS.items())
        writer.put_profile(Profile(1, blocked=GAMES, safe=SEARCH), at=MONDAY_NOON)
        writer.put_profile(Profile(2, blocked=SOCIAL, owns=(Own("play.example", allows=False),)), at=MONDAY_NOON)
        for identity, number in ((ANA, 1), (BEA, 2), (HOME, 2)):
            writer.put_who(identity, number)
        yield House(Family.open(folder), writer)


names = st.sampled_from(NAMES).map(_keys.asked_wire)
spelt = st.tuples(names, st.sampled_from([b"", b"\3WwW", b"\1a\1b"]), st.sampled_from([b"", b"\0\1\0\1", b"\xff" * 9]))
wires = spelt.map(lambda parts: parts[1] + parts[0] + parts[2])
broken = st.one_of(
    st.binary(max_size=40),
    st.tuples(wires, st.integers(0, 20)).map(
        lambda pair: pair[0][: pair[1]]
    ),  # What follows must not be taken for its end.
    st.sampled_from([b"\xc0\x0c", b"\1a" * 128 + b"\0", b"\x40" + b"a" * 64 + b"\0"]),
)
identities = st.one_of(st.sampled_from([ANA, BEA, HOME, EVE]), st.binary(max_size=12))
questions = st.lists(st.tuples(wires | broken, identities), max_size=70)


@settings(max_examples=200, deadline=None)
@given(asked=questions)
def test_together_as_one_by_one(house: House, asked: list[tuple[bytes, bytes]]) -> None:
    for some in (asked, asked[::-1]):
        found = house.reader.decide_batch([wire for wire, _ in some], [who for _, who in some], NOW_S)

        assert found == [house.reader.decide_wire(wire, 0, who, NOW_S) for wire, who in some]


def test_each_rule_is_found_in_a_batch(house: House) -> None:
    wires = [_keys.asked_wire(name) for name in ("play.example", "talk.example", "school.play.example", "law.example")]

    found = house.reader.decide_batch([*wires, wires[0]], [ANA, ANA, ANA, EVE, BEA], NOW_S)

    assert [RULES[code & 255].value for code in found] == ["category", "safe", "never", "stranger", "own closed"]


def test_a_change_holds_from_the_next_batch_on(house: House) -> None:
    wire = _keys.asked_wire("later.example")
    before = house.reader.decide_batch([wire] * 2, [BEA, ANA], NOW_S)

    house.writer.put_own(2, Own("later.example", allows=False))
    after = house.reader.decide_batch([wire] * 2, [BEA, ANA], NOW_S)
    house.writer.swap_names([*MARKS.items(), ("later.example", GAMES)])
    at_last = house.reader.decide_batch([wire] * 2, [BEA, ANA], NOW_S)

    assert [[RULES[code].value for code in codes] for codes in (before, after, at_last)] == [
        ["open", "open"],
        ["own closed", "open"],
        ["own closed", "category"],
    ]


def test_nobody_asking_is_no_question(house: House) -> None:
    assert house.reader.decide_batch([], [], NOW_S) == []
