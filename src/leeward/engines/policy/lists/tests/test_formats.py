"""Every format says the same thing in its own way, and says where it is wrong."""

from __future__ import annotations

import pytest

from leeward.engines.policy import lists
from leeward.engines.policy.lists import Fault, Format, Row


def names_of(text: str, format: Format) -> list[str]:
    return [("@" if row.resets else "") + row.name for row in lists.read([text.encode()], format=format)]


def read_whole(text: str | bytes, format: Format) -> lists.Reading:
    reading = lists.read([text.encode() if isinstance(text, str) else text], format=format)
    for _ in reading:
        pass
    return reading


def fault_of(text: str | bytes, format: Format) -> tuple[int, int, str]:
    [fault] = read_whole(text, format).faults
    return fault.line, fault.column, fault.what


def test_hosts_files_name_several_hosts_a_line_and_begin_with_their_own() -> None:
    text = """# a head
127.0.0.1 localhost
255.255.255.255 broadcasthost
fe80::1%lo0 localhost
0.0.0.0 0.0.0.0

0.0.0.0 Bad.example
127.0.0.1\tworse.example  worst.example # and why
:: six.example
"""

    assert names_of(text, Format.HOSTS) == ["bad.example", "worse.example", "worst.example", "six.example"]
    assert read_whole(text, Format.HOSTS).fault_count == 0


def test_a_hosts_line_that_leads_elsewhere_is_counted_and_left_out() -> None:
    reading = read_whole("192.0.2.7 search.site.example\n", Format.HOSTS)

    assert (reading.left_out_count, reading.fault_count) == (1, 0)
    assert (reading.left_out[0].line, reading.left_out[0].column) == (1, 1)


def test_plain_lists_may_have_stars_and_notes() -> None:
    text = "bad.example\n*.worse.example # note\n.worst.example\n# only a note\n\n  spaced.example  \r\n"

    assert names_of(text, Format.DOMAINS) == ["bad.example", "worse.example", "worst.example", "spaced.example"]


def test_addresses_in_a_plain_list_are_counted_and_left_out() -> None:
    reading = read_whole("192.0.2.7\n2001:db8::7\nbad.example\n", Format.DOMAINS)

    assert (reading.left_out_count, reading.fault_count, reading.line_count) == (2, 0, 3)


def test_adblock_lists_close_and_except_whole_names_and_nothing_else() -> None:
    text = """[Adblock Plus]
! Title: made up
# a note
||bad.example^
@@||good.bad.example^
||*.star.example^
||bad.example^$third-party
||ads.*^
||192.0.2.7^
/banner/
bad.example##.box
##.box
||bad.example/path^
"""

    assert names_of(text, Format.ADBLOCK) == ["bad.example", "@good.bad.example", "star.example"]
    reading = read_whole(text, Format.ADBLOCK)
    assert (reading.left_out_count, reading.fault_count) == (7, 0)
    assert [fault.line for fault in reading.left_out] == [7, 8, 9, 10, 11, 12, 13]


def test_dnsmasq_closes_by_address_local_and_server_and_excepts_by_the_standard_server() -> None:
    text = """# a head
local=/bad.example/
address=/worse.example/0.0.0.0
address=/one.example/two.example/::
address=/three.example/#
address=/four.example/  # none
server=/five.example/
server=/good.example/#
address=/elsewhere.example/192.0.2.7
server=/internal.example/192.0.2.53
cache-size=1000
"""

    assert names_of(text, Format.DNSMASQ) == [
        "bad.example",
        "worse.example",
        "one.example",
        "two.example",
        "three.example",
        "four.example",
        "five.example",
        "@good.example",
    ]
    assert read_whole(text, Format.DNSMASQ).left_out_count == 3


def test_zones_close_with_three_answers_and_pass_with_one() -> None:
    text = """$TTL 60
$ORIGIN rpz.list.example.
@ IN SOA localhost. root.localhost. (
    2026112201 ; serial
    60 60 604800 60 )
  IN NS localhost.
bad.example CNAME .
*.bad.example CNAME .
worse.example 300 IN CNAME *.
worst.example.rpz.list.example. IN 5m CNAME rpz-drop. ; with its zone
good.example CNAME rpz-passthru.
24.0.2.0.192.rpz-ip CNAME .
ns.bad.example.rpz-nsdname CNAME .
walled.example CNAME garden.example.
walled.example A 192.0.2.7
$ORIGIN deep.example.rpz.list.example.
www.very CNAME .
"""

    assert names_of(text, Format.RPZ) == [
        "bad.example",
        "worse.example",
        "worst.example",
        "@good.example",
        "www.very.deep.example",
    ]
    reading = read_whole(text, Format.RPZ)
    assert (reading.left_out_count, reading.faults) == (4, [])


@pytest.mark.parametrize(
    ("text", "column", "begins"),
    [
        ("www.other.zone. CNAME .", 1, "The name lies outside the zone"),
        ("@ CNAME .", 1, "The row is about the zone itself"),
        (" CNAME .", 1, "The row does not begin with a name"),
        ("$INCLUDE other", 1, "Only $TTL and $ORIGIN are followed"),
        ("what is this", 1, "This is no row of a zone"),
    ],
)
def test_a_zone_says_which_row_it_cannot_take(text: str, column: int, begins: str) -> None:
    line, found, what = fault_of(f"$ORIGIN rpz.list.example.\n@ SOA a. b. 1 1 1 1 1\n{text}\n", Format.RPZ)

    assert (line, found) == (3, column)
    assert what.startswith(begins)


@pytest.mark.parametrize(
    ("format", "text", "column"),
    [
        (Format.DOMAINS, "*.com", 3),
        (Format.DOMAINS, "com", 1),
        (Format.DOMAINS, "  CO.uk.", 3),
        (Format.DOMAINS, "github.io", 1),
        (Format.HOSTS, "0.0.0.0 bad.example2.example com", 30),
        (Format.HOSTS, "0.0.0.0 com", 9),
        (Format.ADBLOCK, "||com^", 3),
        (Format.ADBLOCK, "@@||*.com^", 7),
        (Format.DNSMASQ, "address=/com/0.0.0.0", 10),
        (Format.RPZ, "*.com CNAME .", 3),
        (Format.RPZ, "co.uk CNAME .", 1),
    ],
)
def test_a_public_suffix_is_refused_with_line_and_column_in_every_format(
    format: Format, text: str, column: int
) -> None:
    line, found, what = fault_of(f"\n{text}\n", format)

    assert (line, found) == (2, column)
    assert what.startswith("Strangers register names below this one")


@pytest.mark.parametrize(
    ("format", "text", "column", "begins"),
    [
        (Format.DOMAINS, "ex ample.example", 3, "The name has a fault: a space or control character; remove it."),
        (
            Format.DOMAINS,
            "bad..example",
            5,
            "The name has a fault in label 2: it is empty; write one dot between two labels.",
        ),
        (Format.DOMAINS, "good.-bad.example", 6, "The name has a fault in label 2: characters that no host name has"),
        (Format.DOMAINS, "http://bad.example/", 1, "The name has a fault in label 1: characters that no host name has"),
        (
            Format.DOMAINS,
            "a" * 64 + ".example",
            1,
            "The name has a fault in label 1: longer than 63 octets; shorten it.",
        ),
        (Format.HOSTS, "bad.example", 1, "The line does not begin with an address"),
        (Format.HOSTS, "0.0.0.0", 8, "The name after the address is missing"),
        (Format.HOSTS, "0.0.0.0 good.example bad..example", 26, "The name has a fault in label 2: it is empty"),
        (Format.DNSMASQ, "address=/#/", 10, "This stands for every name there is"),
        (Format.DNSMASQ, "local=//", 8, "This stands for every name there is"),
        (Format.DOMAINS, "bad\x00.example", 4, "A control character stands here"),
    ],
)
def test_a_fault_has_its_place_and_says_what_to_do(format: Format, text: str, column: int, begins: str) -> None:
    line, found, what = fault_of(f"\n\n{text}\n", format)

    assert (line, found) == (3, column)
    assert what.startswith(begins)
    assert what.endswith(".")
    assert text not in what


def test_one_bad_name_does_not_take_the_good_ones_of_its_line_along() -> None:
    assert names_of("0.0.0.0 good.example bad..example fine.example\n", Format.HOSTS) == [
        "good.example",
        "fine.example",
    ]


def test_the_folders_of_ut1_are_read_one_by_one_and_some_of_them_open() -> None:
    folders = {"gambling": [b"bad.example\n"], "sexual_education": [b"good.example\n"]}

    readings = lists.read_folders(folders, opening=frozenset({"sexual_education"}))

    assert list(readings["gambling"]) == [Row("bad.example")]
    assert list(readings["sexual_education"]) == [Row("good.example", resets=True)]


def test_faults_are_kept_up_to_a_limit_and_counted_beyond_it() -> None:
    reading = lists.read([b"bad..example\n" * 50], format=Format.DOMAINS, fault_limit=3)

    assert list(reading) == []
    assert (len(reading.faults), reading.fault_count) == (3, 50)
    assert reading.faults[2] == Fault(
        3, 5, "The name has a fault in label 2: it is empty; write one dot between two labels."
    )
