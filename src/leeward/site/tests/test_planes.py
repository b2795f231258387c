"""Both planes as the resolver asks them: equal to the slow reference, and never open because a file is missing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leeward.engines import dns, policy
from leeward.engines.policy import family, mapped
from leeward.site.planes import Planes

AT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # A Sunday.
AT_S = int(AT.timestamp())
ANA, BEN, STRANGER = b"tana", b"4" + socket.inet_aton("192.0.2.7"), b"4" + socket.inet_aton("192.0.2.8")
GAMES, CHAT = 1 << 3, 1 << 9
GOOGLE = next(engine for engine in family.engines() if engine.names)
MARKS = {"play.example": GAMES, "chat.example": CHAT, "help.play.example": family.NEVER, "open.play.example": 0}
PROFILES = {
    ANA: family.Profile(
        number=1,
        blocked=GAMES,
        safe=GOOGLE.mark,
        homework=(family.Window(frozenset({6}), 15 * 60, 17 * 60),),
        homework_blocked=CHAT,
        owns=(family.Own("own.example", allows=False), family.Own("mine.play.example", allows=True)),
    ),
    BEN: family.Profile(number=2, paused_until=AT + timedelta(hours=1)),
}
ASKED = [
    "ok.example",
    "play.example",
    "www.play.example",
    "help.play.example",
    "mine.play.example",
    "own.example",
    "chat.example",
    "law.example",
    "bad.example",
    "a.bad.example",
    "strange.b\\046d.example",
    GOOGLE.names[0],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    entries = [
        policy.Entry("bad.example", policy.Reason.operator_block, 1),
        policy.Entry("law.example", policy.Reason.censored, 2),
    ]
    policy.Writer.create(tmp_path / "policy.tbl", entries, position=1, never_block=frozenset()).close()
    return tmp_path


@pytest.fixture
def writer(folder: Path) -> Iterator[mapped.Writer]:
    with mapped.Writer.create(folder / "family") as made:
        made.swap_names([*MARKS.items(), *family.safe_search_names().items()])
        for who, profile in PROFILES.items():
            made.put_profile(profile, at=AT)
            made.put_who(who, profile.number)
        yield made


def opened(folder: Path) -> Planes:
    return Planes(folder / "policy.tbl", family=folder / "family")


def wire(name: str) -> bytes:
    return dns.wire_of(name)


def ruled(planes: Planes, name: str, who: bytes = STRANGER) -> dns.Ruling:
    return planes.decide(wire(name), who, AT_S)


@pytest.mark.usefixtures("writer")
@pytest.mark.parametrize("who", [ANA, BEN, STRANGER])
def test_rulings_are_those_of_the_slow_reference(folder: Path, who: bytes) -> None:
    planes, world = opened(folder), policy.Reader.open(folder / "policy.tbl")
    listed = family.Names({**family.safe_search_names(), **MARKS})

    for name in ASKED:
        told = family.decide(name, listed=listed, world=world, profile=PROFILES.get(who), at=AT)
        for spelt in (wire(name), wire(name).upper() if "\\" not in name else wire(name), wire(name) + b"\0\1\0\1"):
            ruling = planes.decide(_same_lengths(spelt, wire(name)), who, AT_S)
            assert (ruling.way is not dns.Way.CLOSED) == told.is_open, name
            assert ruling.code == {"law": 16, "operator": 15}.get(told.rule, 0 if told.is_open else 17), name
            assert ruling.safe_name == (family.safe_name(name) if told.rule is family.Rule.SAFE else ""), name


def _same_lengths(spelt: bytes, plain: bytes) -> bytes:
    """Undo what `upper` does to octets that are lengths."""
    lengths, at = set(), 0
    while plain[at]:
        lengths.add(at)
        at += 1 + plain[at]
    return bytes(plain[at] if at in lengths else octet for at, octet in enumerate(spelt))


@pytest.mark.usefixtures("writer")
def test_many_questions_at_once_are_ruled_as_one_by_one(folder: Path) -> None:
    planes = opened(folder)
    asked = [(wire(name), who) for name in ASKED if "\\" not in name for who in (ANA, BEN, STRANGER)]

    for some in (asked, asked[::-1]):
        found = planes.decide_batch([name for name, _ in some], [who for _, who in some], AT_S)
        assert found == [planes.decide(name, who, AT_S) for name, who in some]


@pytest.mark.usefixtures("writer")
def test_in_a_batch_the_others_are_ruled_beside_one_that_cannot_be(folder: Path) -> None:
    (cannot, can) = opened(folder).decide_batch([b"\1a" * 128 + b"\0", wire("play.example")], [ANA, ANA], AT_S)

    assert cannot is None
    assert can is not None
    assert can.code == 17


@pytest.mark.usefixtures("writer")
def test_in_a_batch_without_a_global_table_a_helpline_alone_is_open(folder: Path) -> None:
    (folder / "policy.tbl").unlink()
    planes = opened(folder)
    names = [wire(name) for name in ("help.play.example", "play.example", "ok.example")]

    assert planes.decide_batch(names, [ANA] * 3, AT_S) == [dns.OPEN, None, None]
    with pytest.raises(dns.PolicyNotReady):
        planes.decide(names[1], ANA, AT_S)


@pytest.mark.usefixtures("writer")
def test_equal_decisions_are_one_object(folder: Path) -> None:
    planes = opened(folder)

    assert ruled(planes, "ok.example", ANA) is ruled(planes, "other.example", ANA)
    assert ruled(planes, GOOGLE.names[0], ANA) is ruled(planes, GOOGLE.names[0], ANA)


@pytest.mark.usefixtures("writer")
def test_a_token_is_known_or_not(folder: Path) -> None:
    planes = opened(folder)

    assert [planes.knows(who) for who in (ANA, BEN, STRANGER, b"teve")] == [True, True, False, False]


def test_a_change_of_either_plane_holds_from_the_next_question_on(folder: Path, writer: mapped.Writer) -> None:
    planes = opened(folder)
    before = [ruled(planes, name, ANA).way for name in ("ok.example", "chat.example", "new.example")]

    writer.put_own(1, family.Own("ok.example", allows=False))
    writer.put_own(1, family.Own("chat.example", allows=True))
    with policy.Writer.open(folder / "policy.tbl") as provider:
        entry = policy.Entry("new.example", policy.Reason.operator_block, 3)
        provider.block(entry, never_block=frozenset())
        provider.advance(2)

    after = [ruled(planes, name, ANA).way for name in ("ok.example", "chat.example", "new.example")]
    assert before == [dns.Way.OPEN, dns.Way.CLOSED, dns.Way.OPEN]
    assert after == [dns.Way.CLOSED, dns.Way.OPEN, dns.Way.CLOSED]


def test_without_a_global_table_nothing_is_decided_until_it_comes(tmp_path: Path) -> None:
    planes = opened(tmp_path)
    with pytest.raises(dns.PolicyNotReady):
        ruled(planes, "ok.example")
    with pytest.raises(dns.PolicyNotReady):
        planes.decide_batch([wire("ok.example")], [ANA], AT_S)

    policy.Writer.create(tmp_path / "policy.tbl", [], position=1, never_block=frozenset()).close()

    assert ruled(planes, "ok.example") is dns.OPEN


def test_families_may_come_later(folder: Path) -> None:
    planes = opened(folder)
    before = ruled(planes, "play.example", ANA)

    with mapped.Writer.create(folder / "family") as late:
        late.put_profile(PROFILES[BEN], at=AT)
        late.put_who(ANA, 2)
    planes.look()

    assert before is dns.OPEN
    assert ruled(planes, "play.example", ANA).way is dns.Way.CLOSED


@pytest.mark.usefixtures("writer")
def test_family_tables_that_cannot_be_read_open_no_door(folder: Path) -> None:
    table = folder / "family" / "names.tbl"
    good = table.read_bytes()
    _replace(table, b"scrap")
    planes = opened(folder)

    with pytest.raises(dns.PolicyNotReady):
        ruled(planes, "play.example", ANA)
    assert planes.fault is not None

    _replace(table, good)
    planes.look()
    assert ruled(planes, "play.example", ANA).way is dns.Way.CLOSED
    assert planes.fault is None


def test_the_last_good_tables_stay_in_use_when_they_go_or_break(folder: Path, writer: mapped.Writer) -> None:
    planes = opened(folder)
    first = [ruled(planes, name, ANA).code for name in ("play.example", "bad.example")]

    for table in ("names.tbl", "profiles.tbl"):
        _replace(folder / "family" / table, b"scrap")
    for name in ("owns.tbl", "who.tbl", "tables.control"):
        (folder / "family" / name).unlink()
    (folder / "policy.tbl").unlink()
    planes.look()

    assert first == [ruled(planes, name, ANA).code for name in ("play.example", "bad.example")] == [17, 15]


def test_what_is_told_names_nobody(folder: Path, writer: mapped.Writer) -> None:
    told = json.dumps([ruled(opened(folder), name, who).why for name in ASKED for who in (ANA, BEN)])

    assert "example" not in told


def _replace(path: Path, octets: bytes) -> None:
    """Put another file in the place of one; a mapped file is never written over."""
    beside = path.with_name("beside")
    beside.write_bytes(octets)
    beside.replace(path)
