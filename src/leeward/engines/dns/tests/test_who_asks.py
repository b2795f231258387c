"""Who asks: by address, by prefix, and by the device id that a trusted gateway adds."""

import dns.edns
import pytest

from leeward.engines import dns as engine
from leeward.engines.dns._callers import Caller, Callers, UnknownToken, who_of_address
from leeward.engines.dns._message import Carrier, Query, option, parse_query

from .asking import error, over_udp, question, texts
from .conftest import HOST, PAGE_V4, House, Rules

pytestmark = pytest.mark.allow_hosts([HOST, "127.0.0.2", "127.0.0.3"])
DEVICE = 65074


def device(name: bytes) -> dns.edns.Option:
    return dns.edns.GenericOption(dns.edns.OptionType.make(DEVICE), name)


def asked(octets: bytes = b"") -> Query:
    query = parse_query(question("ok.example").to_wire(), carrier=Carrier.UDP)
    return query._replace(options=octets)


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("192.0.2.7", b"4\xc0\0\2\7"),
        ("::ffff:192.0.2.7", b"4\xc0\0\2\7"),
        ("2001:db8:1:2:3:4:5:6", b"6\x20\1\x0d\xb8\0\1\0\2"),
        ("fe80::1%eth0", b"6\xfe\x80\0\0\0\0\0\0"),
    ],
)
def test_an_address_is_an_identity(address: str, who: bytes) -> None:
    assert who_of_address(address) == who


def test_a_child_is_known_by_the_homes_line(house: House) -> None:
    _, port = house.resolver()

    at_home = over_udp(port, question("play.example"), source="127.0.0.2")
    elsewhere = over_udp(port, question("a.play.example"), source="127.0.0.3")

    assert error(at_home)[0] == error(elsewhere)[0] == 17


def test_a_devices_id_from_a_trusted_gateway_tells_who_asks(house: House) -> None:
    rules = Rules()
    _, port = house.resolver(policy=rules, gateways=("127.0.0.0/30",))

    over_udp(port, question("bad.example", options=(device(b"tablet"),)), source="127.0.0.3")
    over_udp(port, question("bad.example", options=(device(b"fridge"),)), source="127.0.0.3")

    assert [who for _, who in rules.asked] == [b"etablet", b"4\x7f\0\0\3"]


def test_the_same_octets_from_elsewhere_are_nobodys_device(house: House) -> None:
    rules = Rules()
    _, port = house.resolver(policy=rules, gateways=("127.0.0.3/32",))
    query = question("bad.example", options=(device(b"tablet"),))

    for source in ("127.0.0.3", "127.0.0.1", "127.0.0.1", "127.0.0.3"):
        over_udp(port, query, source=source)

    at_home = b"4\x7f\0\0\1"
    assert [who for _, who in rules.asked] == [b"etablet", at_home, at_home, b"etablet"]


def test_another_option_tells_nothing() -> None:
    callers = Callers(Rules().knows, trusted=(), device_option=DEVICE)

    assert callers.who(asked(option(DEVICE, b"tablet")), Caller(Carrier.UDP, HOST)) == b"4\x7f\0\0\1"


def test_a_token_goes_before_everything_and_an_unknown_one_is_an_error() -> None:
    callers = Callers(Rules().knows, trusted=(), device_option=None)

    assert callers.who(asked(), Caller(Carrier.TLS, "127.0.0.2", "ana")) == b"tana"
    with pytest.raises(UnknownToken):
        callers.who(asked(), Caller(Carrier.TLS, "127.0.0.2", "eve"))


def test_a_page_without_an_address_means_no_data(house: House) -> None:
    _, port = house.resolver(page=engine.Page())

    answer = over_udp(port, question("bad.example"))

    assert (texts(answer), error(answer)[0]) == ([], 16)
    assert PAGE_V4 not in answer.to_text()


def test_where_lines_share_an_address_the_port_tells_who_asks() -> None:
    known = {b"4\xc0\0\2\1", b"p\xc0\0\2\7\0\3"}
    callers = Callers(known.__contains__, trusted=(), device_option=None, ports_a_block=1024)

    def who(address: str, port: int) -> bytes:
        return callers.who(asked(), Caller(Carrier.UDP, address, port=port))

    assert who("192.0.2.7", 3 * 1024) == who("192.0.2.7", 4 * 1024 - 1) == b"p\xc0\0\2\7\0\3"
    assert who("192.0.2.7", 4 * 1024) == who("192.0.2.7", 0) == b"4\xc0\0\2\7"
    assert who("192.0.2.1", 3 * 1024) == b"4\xc0\0\2\1"  # One line alone has it.
    assert who("2001:db8::7", 3 * 1024) == b"6\x20\1\x0d\xb8\0\0\0\0"
