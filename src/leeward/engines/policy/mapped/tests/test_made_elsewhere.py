"""Tables that were made beside those in use come into their place as a whole."""

import pathlib
from datetime import timedelta

import pytest

from leeward.engines.policy import BadTable, TableBusy
from leeward.engines.policy.family import Profile, Rule
from leeward.engines.policy.mapped import Family, NotListable, Writer, write_names
from leeward.engines.policy.mapped.tests.cast import ADULT, ANA, BEA, GAMES, MONDAY_NOON, NIGHT

NOW_S = int(MONDAY_NOON.timestamp())
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "family"


@pytest.fixture
def made(tmp_path: pathlib.Path) -> pathlib.Path:
    place = tmp_path / "made"
    place.mkdir()
    return place


def filled(folder: pathlib.Path, *, who: bytes, blocked: int) -> None:
    with Writer.create(folder) as writer:
        writer.put_name("play.example", GAMES)
        writer.put_profile(Profile(1, blocked=blocked), at=MONDAY_NOON)
        writer.put_who(who, 1)


def rules(reader: Family, name: str = "play.example") -> list[Rule]:
    return [reader.decide(name, who, NOW_S).rule for who in (ANA, BEA)]


def test_names_that_were_written_elsewhere_come_into_force_with_the_next_question(
    folder: pathlib.Path, made: pathlib.Path
) -> None:
    filled(folder, who=ANA, blocked=GAMES)
    reader = Family.open(folder)
    before = rules(reader)

    count = write_names(made, [("talk.example", GAMES), ("other.example", ADULT)])
    with Writer.open(folder) as writer:
        taken = writer.take_names(made)
        writer.put_name("later.example", GAMES)

    assert (count, taken) == (2, 2)
    assert before == [Rule.CATEGORY, Rule.STRANGER]
    asked = ("play.example", "talk.example", "later.example")
    assert [rules(reader, name)[0] for name in asked] == [Rule.OPEN, Rule.CATEGORY, Rule.CATEGORY]


def test_a_broken_table_of_names_is_not_taken(folder: pathlib.Path, made: pathlib.Path) -> None:
    filled(folder, who=ANA, blocked=GAMES)
    (made / "names.tbl").write_bytes(b"cut off")

    with Writer.open(folder) as writer, pytest.raises(BadTable, match=r"names\.tbl"):
        writer.take_names(made)

    assert rules(Family.open(folder))[0] is Rule.CATEGORY


def test_names_that_no_table_can_hold_are_not_written(made: pathlib.Path) -> None:
    with pytest.raises(NotListable, match="name number 2"):
        write_names(made, [("play.example", GAMES), ("example", GAMES)])

    assert not [*made.iterdir()]


@pytest.mark.parametrize("is_there", [True, False])
def test_tables_that_were_made_elsewhere_come_into_force_together(
    folder: pathlib.Path, made: pathlib.Path, is_there: bool
) -> None:
    filled(made, who=BEA, blocked=ADULT)
    with Writer.open(made) as writer:
        writer.put_name("play.example", ADULT)
    if is_there:
        filled(folder, who=ANA, blocked=GAMES)
    reader = Family.open(folder) if is_there else None

    with Writer.adopt(folder, made=made) as writer:
        writer.put_name("later.example", ADULT)

    for one in (reader, Family.open(folder)):
        if one is not None:
            assert rules(one) == rules(one, "later.example") == [Rule.STRANGER, Rule.CATEGORY]


def test_tables_are_not_taken_from_under_another_writer(folder: pathlib.Path, made: pathlib.Path) -> None:
    filled(folder, who=ANA, blocked=GAMES)
    filled(made, who=BEA, blocked=GAMES)

    with Writer.open(folder), pytest.raises(TableBusy):
        Writer.adopt(folder, made=made)

    assert rules(Family.open(folder)) == [Rule.CATEGORY, Rule.STRANGER]


def test_the_profiles_whose_windows_were_reckoned_first_are_named_first(folder: pathlib.Path) -> None:
    with Writer.create(folder) as writer:
        for number, days in ((1, 0), (2, -2), (3, -3), (4, -4)):
            writer.put_profile(Profile(number, bedtime=(NIGHT,)), at=MONDAY_NOON + days * DAY)
        writer.put_profile(Profile(5), at=MONDAY_NOON - 9 * DAY)
        writer.drop_profile(4)

        oldest = writer.baked_before(MONDAY_NOON - DAY)
        untils = writer.baked_until(), Family.open(folder).baked_until()
        known = [writer.has_profile(number) for number in (3, 4, 5, 6)]

    assert oldest == [3, 2]
    assert untils == (MONDAY_NOON + 4 * DAY, MONDAY_NOON + 4 * DAY)
    assert known == [True, False, True, False]
