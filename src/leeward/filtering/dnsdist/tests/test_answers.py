"""What comes back from a closed door, and when a change is in force."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dns.flags
import dns.rdatatype
import pytest

from leeward.engines import policy
from leeward.engines.policy.family import NEVER, Own, Profile
from leeward.filtering.dnsdist import config

from .conftest import ANA, ANA_NUMBER, Tables
from .running import DOOR, OPEN_ADDRESS, SAFE_ADDRESS, Running, running

BAD, SEARCH = "bad.example", "search.example"
HOUR = timedelta(hours=1)
LONG = ".".join(["a" * 40] * 4)  # Longer than the straight way takes.
DEEP = ".".join("abcdefgh")  # More labels than it takes.


def ana(**changes: object) -> Profile:
    """Return Ana's profile with some changes."""
    profile = Profile(number=ANA_NUMBER, blocked=1, safe=1 << 56)
    return dataclasses.replace(profile, **changes)  # type: ignore[arg-type]  # a test's own words


@pytest.fixture(scope="module")
def dnsdist(tables: Tables) -> Iterator[Running]:
    tables.family.put_name(BAD, 1)
    tables.family.put_name(SEARCH, 1 << 56)
    tables.family.put_name(f"help.{BAD}", NEVER)
    tables.family.put_profile(ana(), at=datetime.now(UTC))
    tables.family.put_who(b"4" + socket.inet_aton(ANA), ANA_NUMBER)
    with running(tables.plane) as made:
        yield made


@pytest.fixture(autouse=True)
def _as_before(tables: Tables, dnsdist: Running, now: datetime) -> Iterator[None]:
    yield
    tables.family.put_profile(ana(), at=now)


def test_a_closed_door_leads_to_the_page_and_says_why(dnsdist: Running) -> None:
    answered = dnsdist.ask(f"www.{BAD}", source=ANA)

    assert answered.addresses == (DOOR,)
    assert answered.codes == (17,)
    assert answered.ttl_s <= 10


@pytest.mark.parametrize("prefix", ["", "www.", f"{DEEP}.", f"{LONG}."])
def test_names_of_every_length_are_closed(dnsdist: Running, prefix: str) -> None:
    assert dnsdist.ask(prefix + BAD, source=ANA).codes == (17,)
    assert dnsdist.ask(f"{prefix}good.example", source=ANA).addresses == (OPEN_ADDRESS,)


@pytest.mark.parametrize("type", ["AAAA", "TXT", "HTTPS", "MX"])
def test_other_types_have_no_data_for_a_short_time(dnsdist: Running, type: str) -> None:
    answer = dnsdist.message(BAD, source=ANA, type=type)

    assert answer.answer == []
    assert answer.authority[0].rdtype == dns.rdatatype.SOA
    assert answer.authority[0].ttl <= 10
    assert answer.authority[0][0].minimum <= 10


def test_an_answer_repeats_the_letters_and_the_flags_of_the_question(dnsdist: Running) -> None:
    answer = dnsdist.message("WwW.BaD.eXaMpLe", source=ANA)

    assert answer.question[0].name.to_text() == "WwW.BaD.eXaMpLe."
    assert answer.answer[0].name.to_text() == "WwW.BaD.eXaMpLe."
    assert answer.flags == dns.flags.QR | dns.flags.RD | dns.flags.RA


def test_who_does_not_speak_edns_gets_none(dnsdist: Running) -> None:
    answer = dnsdist.message(BAD, source=ANA, edns=False)

    assert answer.edns == -1
    assert len(answer.answer) == 1


def test_a_closed_door_is_closed_over_tcp(dnsdist: Running) -> None:
    assert dnsdist.over_tcp(BAD, source=ANA).codes == (17,)
    assert dnsdist.over_tcp("good.example", source=ANA).addresses == (OPEN_ADDRESS,)


def test_safe_search_goes_to_the_resolvers_that_rewrite(dnsdist: Running) -> None:
    assert dnsdist.ask(SEARCH).addresses == (OPEN_ADDRESS,)
    assert dnsdist.ask(SEARCH, source=ANA).addresses == (SAFE_ADDRESS,)
    assert dnsdist.ask(SEARCH).addresses == (OPEN_ADDRESS,)


def test_a_helpline_is_open_whatever_is_said(dnsdist: Running, tables: Tables, now: datetime) -> None:
    tables.family.put_profile(ana(paused_until=now + HOUR), at=now)

    assert dnsdist.ask(f"help.{BAD}", source=ANA).addresses == (OPEN_ADDRESS,)
    assert dnsdist.ask("good.example", source=ANA).addresses == (DOOR,)


def test_a_browser_is_told_to_stay_with_this_resolver(dnsdist: Running) -> None:
    assert dnsdist.ask("use-application-dns.net").rcode == "NXDOMAIN"
    assert dnsdist.ask("mask.icloud.com", source=ANA).rcode == "NXDOMAIN"
    assert dnsdist.ask("mask.icloud.com").addresses == (OPEN_ADDRESS,)


def test_an_answer_does_not_live_longer_than_a_minute(dnsdist: Running) -> None:
    assert dnsdist.ask("good.example").ttl_s <= config.MOST_TTL_S


def test_any_is_sent_to_tcp(dnsdist: Running) -> None:
    answer = dnsdist.message("good.example", type="ANY")

    assert answer.flags & dns.flags.TC
    assert answer.answer == []


def test_every_change_is_in_force_on_the_next_question(dnsdist: Running, tables: Tables, now: datetime) -> None:
    for _ in range(50):
        tables.family.put_profile(ana(paused_until=now + HOUR), at=now)
        assert dnsdist.ask("good.example", source=ANA).codes == (17,)
        tables.family.put_profile(ana(), at=now)
        assert dnsdist.ask("good.example", source=ANA).addresses == (OPEN_ADDRESS,)


def test_a_name_is_listed_and_taken_off_under_way(dnsdist: Running, tables: Tables) -> None:
    for number in range(50):
        name = f"new{number}.example"
        assert dnsdist.ask(name, source=ANA).addresses == (OPEN_ADDRESS,)
        tables.family.put_name(name, 1)
        assert dnsdist.ask(name, source=ANA).codes == (17,)
        tables.family.drop_name(name)
        assert dnsdist.ask(name, source=ANA).addresses == (OPEN_ADDRESS,)


def test_an_own_name_is_in_force_at_once(dnsdist: Running, tables: Tables) -> None:
    tables.family.put_own(ANA_NUMBER, Own(BAD, True))
    assert dnsdist.ask(BAD, source=ANA).addresses == (OPEN_ADDRESS,)

    tables.family.drop_own(ANA_NUMBER, BAD)
    assert dnsdist.ask(BAD, source=ANA).codes == (17,)


def test_a_whole_list_is_swapped_under_way(dnsdist: Running, tables: Tables) -> None:
    kept = {BAD: 1, SEARCH: 1 << 56, f"help.{BAD}": NEVER}
    for number in range(5):
        tables.family.swap_names((kept | {f"swapped{number}-{place}.example": 1 for place in range(2_000)}).items())

        assert dnsdist.ask(f"swapped{number}-1999.example", source=ANA).codes == (17,)
        assert dnsdist.ask(f"swapped{number - 1}-1999.example", source=ANA).addresses == (OPEN_ADDRESS,)


def test_signs_come_and_go_and_their_table_grows(dnsdist: Running, tables: Tables) -> None:
    for number in range(3_000):  # More than the first table has room for.
        sign = policy.Entry(f"sign{number}.example", policy.Reason.censored, number)
        tables.signs.block(sign, never_block=frozenset())
    assert dnsdist.ask("www.sign2999.example").codes == (16,)
    assert dnsdist.ask("sign0.example", source=ANA).codes == (16,)

    tables.signs.unblock(0)
    assert dnsdist.ask("sign0.example").addresses == (OPEN_ADDRESS,)


def test_a_broken_table_leaves_the_last_good_one_in_use(dnsdist: Running, tables: Tables) -> None:
    path = tables.plane.data_dir / "family" / "names.tbl"
    good = path.rename(path.with_name("good"))  # The writer goes on with this very file.
    path.write_bytes(good.read_bytes()[:5000])
    tables.family._control.generation += 1  # What a writer does after it has put a file there.

    assert dnsdist.ask(BAD, source=ANA).codes == (17,)
    assert dnsdist.ask("good.example", source=ANA).addresses == (OPEN_ADDRESS,)

    good.replace(path)
    assert dnsdist.ask(BAD, source=ANA).codes == (17,)


def test_before_there_is_a_table_nothing_is_answered(other_tables: Tables) -> None:
    path = other_tables.plane.data_dir / "policy.tbl"
    hidden = path.with_name("hidden")
    path.rename(hidden)

    with running(other_tables.plane) as dnsdist:
        assert dnsdist.ask("good.example").rcode == "SERVFAIL"
        hidden.rename(path)
        assert dnsdist.ask("good.example").addresses == (OPEN_ADDRESS,)


def test_without_families_the_signs_still_count(other_tables: Tables) -> None:
    data = other_tables.plane.data_dir
    (data / "family").rename(data / "elsewhere")
    other_tables.signs.block(policy.Entry(BAD, policy.Reason.operator_block, 1), never_block=frozenset())

    with running(other_tables.plane) as dnsdist:
        assert dnsdist.ask(BAD, source=ANA).codes == (15,)
        assert dnsdist.ask("good.example", source=ANA).addresses == (OPEN_ADDRESS,)


def test_a_script_that_fails_in_a_thread_lets_nothing_through(tables: Tables) -> None:
    # It loads where the configuration is read, and fails where the first question comes.
    script = "if not newServer then error('no') end\nreturn function() return DNSAction.None end"
    plane = dataclasses.replace(tables.plane, folder=tables.folder / "failing")

    with running(plane, script=script) as dnsdist:
        assert dnsdist.ask("good.example").rcode == "SERVFAIL"
