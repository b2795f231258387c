"""The resolver as its clients see it, over real loopback sockets, judged by dnspython and dig."""

import pathlib
import socket
import subprocess
import threading

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from leeward.engines import dns as engine

from .asking import error, good, texts
from .conftest import HOST, PAGE_V4, PAGE_V6, House, Rules
from .tools import tool

pytestmark = pytest.mark.allow_hosts([HOST])


def ask(port: int, name: str, kind: str = "A", *, tcp: bool = False, edns: int = -1) -> dns.message.Message:
    query = dns.message.make_query(name, kind, use_edns=edns)
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, HOST, port=port, timeout=5)


@pytest.mark.parametrize("tcp", [False, True])
def test_a_blocked_name_leads_to_the_page_that_explains(house: House, *, tcp: bool) -> None:
    _, port = house.resolver()

    v4, v6 = ask(port, "www.BAD.example", tcp=tcp), ask(port, "bad.example", "AAAA", tcp=tcp)

    assert texts(v4) == [PAGE_V4]
    assert texts(v6) == [PAGE_V6]
    assert v4.answer[0].ttl == 5
    assert v4.question[0].name.to_text() == "www.BAD.example."


@pytest.mark.parametrize("kind", ["MX", "TXT", "HTTPS", "ANY"])
def test_other_records_of_a_blocked_name_do_not_exist(house: House, kind: str) -> None:
    _, port = house.resolver()

    answer = ask(port, "bad.example", kind)

    assert answer.rcode() == dns.rcode.NOERROR
    assert texts(answer) == []


@pytest.mark.parametrize(("name", "code"), [("bad.example", 16), ("play.example", 17)])
def test_a_client_with_edns_is_told_why(house: House, name: str, code: int) -> None:
    _, port = house.resolver()

    answer = ask(port, name, edns=0)

    assert error(answer)[0] == code
    assert error(answer)[1]
    assert ask(port, name).edns == -1


def test_without_upstream_reserved_names_do_not_exist_and_others_fail(house: House) -> None:
    resolver, port = house.resolver()

    assert ask(port, "ok.example").rcode() == dns.rcode.NXDOMAIN
    assert ask(port, "ok.test", tcp=True).rcode() == dns.rcode.NXDOMAIN
    failed = ask(port, "ok.invalid", edns=0)
    assert failed.rcode() == dns.rcode.SERVFAIL
    assert error(failed)[0] == 22
    assert resolver.counters == engine.Counters(queries=3, failed=1)


def test_while_there_is_no_policy_nothing_resolves(house: House) -> None:
    rules = Rules()
    rules.is_ready = False
    upstream, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address, policy=rules)

    answer = ask(port, "ok.example", edns=0)

    assert answer.rcode() == dns.rcode.SERVFAIL
    assert error(answer)[0] == 14
    assert upstream.asked == []


@pytest.mark.parametrize(("kind", "rcode"), [("AXFR", dns.rcode.REFUSED), ("OPT", dns.rcode.FORMERR)])
def test_questions_that_are_not_for_records_are_refused(house: House, kind: str, rcode: dns.rcode.Rcode) -> None:
    _, port = house.resolver()
    query = dns.message.make_query("ok.example", kind)

    assert dns.query.udp(query, HOST, port=port, timeout=5, raise_on_truncation=True).rcode() == rcode


def test_another_class_and_a_newer_edns_are_refused(house: House) -> None:
    _, port = house.resolver()
    chaos = dns.message.make_query("version.bind", "TXT", "CH")

    assert dns.query.udp(chaos, HOST, port=port, timeout=5).rcode() == dns.rcode.REFUSED
    assert ask(port, "bad.example", edns=1).rcode() == dns.rcode.BADVERS


def test_a_question_for_everything_gets_one_small_record(house: House) -> None:
    upstream, address = house.upstream(lambda query: [good(query, records=50).to_wire()])
    _, port = house.resolver(address)

    answer = ask(port, "ok.example", "ANY")

    assert texts(answer) == ['"RFC8482" ""']
    assert upstream.asked == []


def test_an_allowed_name_is_forwarded_once_and_then_cached(house: House) -> None:
    upstream, address = house.upstream(lambda query: [good(query).to_wire()])
    resolver, port = house.resolver(address)

    first, second = ask(port, "ok.example"), ask(port, "OK.example", edns=0)

    assert texts(first) == texts(second) == ["192.0.2.1"]
    assert second.question[0].name.to_text() == "OK.example."
    assert second.edns == 0
    assert len(upstream.asked) == 1
    assert resolver.counters == engine.Counters(queries=2, forwarded=1, cached=1)


def test_a_block_goes_before_the_cache(house: House) -> None:
    rules = Rules()
    _, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address, policy=rules)

    before = texts(ask(port, "ok.example"))
    rules.closed.add("ok.example")
    during = texts(ask(port, "ok.example"))
    rules.closed.clear()
    after = texts(ask(port, "ok.example"))

    assert (before, during, after) == (["192.0.2.1"], [PAGE_V4], ["192.0.2.1"])


def test_every_forwarded_question_has_its_own_id_and_port(house: House) -> None:
    upstream, address = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(address)

    for number in range(12):
        ask(port, f"n{number}.example")

    assert len({query[:2] for query in upstream.asked}) > 6
    assert len(set(upstream.ports)) > 6


def test_a_silent_upstream_is_passed_over(house: House) -> None:
    silent, first = house.upstream(lambda query: [])
    _, second = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(first, second, timeout_s=0.05)

    assert texts(ask(port, "ok.example")) == ["192.0.2.1"]
    assert len(silent.asked) == 1


def test_an_upstream_that_is_not_there_is_passed_over(house: House) -> None:
    gone, first = house.upstream(lambda query: [])
    house.stop_upstream(gone)
    _, second = house.upstream(lambda query: [good(query).to_wire()])
    _, port = house.resolver(first, second)

    assert texts(ask(port, "ok.example")) == ["192.0.2.1"]


def test_an_upstream_that_refuses_is_passed_over_and_its_word_kept_for_last(house: House) -> None:
    def refuse(query: bytes) -> list[bytes]:
        answer = dns.message.make_response(dns.message.from_wire(query))
        answer.set_rcode(dns.rcode.REFUSED)
        return [answer.to_wire()]

    _, first = house.upstream(refuse)
    _, second = house.upstream(lambda query: [good(query).to_wire()])
    _, both = house.resolver(first, second)
    _, alone = house.resolver(first)

    assert texts(ask(both, "ok.example")) == ["192.0.2.1"]
    assert ask(alone, "ok.example").rcode() == dns.rcode.REFUSED


def test_when_nobody_answers_the_client_is_told(house: House) -> None:
    _, address = house.upstream(lambda query: [])
    resolver, port = house.resolver(address, timeout_s=0.05)

    answer = ask(port, "ok.example", edns=0, tcp=True)

    assert answer.rcode() == dns.rcode.SERVFAIL
    assert error(answer)[0] == 22
    assert resolver.counters.failed == 1


def test_forged_answers_are_ignored_until_the_real_one_comes(house: House) -> None:
    def forge(query: bytes) -> list[bytes]:
        real = good(query)
        lie = good(query, records=3).to_wire()
        other_id = bytes((lie[0] ^ 1,)) + lie[1:]
        other_name = lie[:13] + b"no" + lie[15:]
        other_type = lie[:25] + b"\x41" + lie[26:]  # After the header, the name of 12 octets, and a zero.
        return [b"", b"scrap", query, other_id, other_name, other_type, lie[:30], lie[:-5], real.to_wire()]

    _, address = house.upstream(forge)
    _, port = house.resolver(address, timeout_s=5)

    assert texts(ask(port, "ok.example")) == ["192.0.2.1"]


def test_only_forged_answers_are_no_answer(house: House) -> None:
    _, address = house.upstream(lambda query: [bytes((query[0] ^ 1,)) + good(query).to_wire()[1:]])
    _, port = house.resolver(address, timeout_s=0.05)

    assert ask(port, "ok.example").rcode() == dns.rcode.SERVFAIL


def test_a_long_answer_is_fetched_over_tcp_and_cut_for_a_small_client(house: House) -> None:
    def cut(query: bytes) -> list[bytes]:
        answer = dns.message.make_response(dns.message.from_wire(query))
        answer.flags |= dns.flags.TC
        return [answer.to_wire()]

    upstream, address = house.upstream(cut, lambda query: good(query, records=90).to_wire(max_size=65_535))
    _, port = house.resolver(address)

    over_udp, over_tcp = ask(port, "ok.example", edns=0), ask(port, "ok.example", tcp=True)

    assert over_udp.flags & dns.flags.TC
    assert texts(over_udp) == []
    assert len(texts(over_tcp)) == 90
    assert upstream.streamed == 1


def test_records_after_the_upstreams_edns_do_not_break_the_answer(house: House) -> None:
    def with_tail(query: bytes) -> list[bytes]:
        octets = good(query).to_wire()  # Header, question, answer, and the OPT record at the end.
        return [octets[:10] + b"\0\2" + octets[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x63"]

    _, address = house.upstream(with_tail)
    _, port = house.resolver(address)

    assert texts(ask(port, "ok.example", edns=0)) == ["192.0.2.1"]


def test_many_questions_pass_over_one_tcp_connection(house: House) -> None:
    _, port = house.resolver()
    with socket.create_connection((HOST, port), timeout=5) as connection:
        for name in ("bad.example", "ok.example", "play.example"):
            answer = dns.query.tcp(dns.message.make_query(name, "A"), HOST, port=port, sock=connection, timeout=5)
            assert answer.question[0].name.to_text() == f"{name}."


def test_an_idle_connection_is_closed(house: House) -> None:
    _, port = house.resolver(idle_s=0.05)
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(b"\0")

        assert connection.recv(1) == b""


def test_the_hundred_and_first_connection_is_closed(house: House) -> None:
    _, port = house.resolver()
    held = [socket.create_connection((HOST, port), timeout=5) for _ in range(100)]
    query = dns.message.make_query("bad.example", "A")
    for connection in held:
        dns.query.tcp(query, HOST, port=port, sock=connection, timeout=5)

    with socket.create_connection((HOST, port), timeout=5) as one_more:
        assert one_more.recv(1) == b""

    for connection in held:
        connection.close()


@pytest.mark.parametrize("scrap", [b"", b"\0", bytes(12), b"\xff" * 40, b"\0\1\x81\x80" + bytes(8)])
def test_scraps_do_no_harm(house: House, scrap: bytes) -> None:
    _, port = house.resolver()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(scrap, (HOST, port))
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(len(scrap).to_bytes(2) + scrap)

    assert texts(ask(port, "bad.example")) == [PAGE_V4]


def test_a_stopped_resolver_answers_nobody_and_can_be_stopped_again(house: House) -> None:
    reached = threading.Event()

    def keep_silent(query: bytes) -> list[bytes]:
        reached.set()
        return []

    _, address = house.upstream(keep_silent)
    resolver, port = house.resolver(address, timeout_s=30)
    with socket.create_connection((HOST, port), timeout=5) as connection:
        query = dns.message.make_query("ok.example", "A").to_wire()
        connection.sendall(len(query).to_bytes(2) + query)
        assert reached.wait(timeout=5)

        house.stop(resolver)
        house.stop(resolver)

        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=5)


def test_dig_reads_the_answer(house: House) -> None:
    dig = tool("dig", package="bind9-dnsutils")
    _, port = house.resolver()
    command = [dig, f"@{HOST}", "-p", str(port), "+tries=1", "+time=5", "www.bad.example", "A"]

    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert "status: NOERROR" in shown
    assert PAGE_V4 in shown
    assert "EDE: 16 (Censored)" in shown
    assert "malformed" not in shown.lower()


def test_no_engine_knows_another() -> None:
    folder = pathlib.Path(engine.__file__).parent

    assert all("engines.policy" not in module.read_text() for module in folder.glob("*.py"))
