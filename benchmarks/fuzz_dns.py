"""Alter questions and answers of DNS at random, and report all that the embedded resolver does not refuse or answer as it must.

Usage: benchmarks/fuzz_dns.py [--seconds 60] [--full] [--seed 0] [--keep FOLDER] [--json]
Real and strange questions, most with one to six changes, and random octets, go the whole way that a datagram or a message of a stream goes,
by a real policy of both planes, through both memories. Altered answers of an upstream come back for those that were asked.
A fault is an exception that is no refusal; an answer over UDP longer than 512 octets or than the size that dnspython reads
in the question; an answer to ANY that is much longer than the question; an answer that dnspython cannot read; a ready answer
from memory that differs from the one that is thought over; a message that takes a second of processor time; and a process
that dies. `--full` tries for 600 seconds. The message of each fault is kept in FOLDER.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import mmap
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from leeward.engines import dns as engine
from leeward.engines import policy
from leeward.engines.dns import _response, _upstream
from leeward.engines.dns._callers import Caller, asker_of
from leeward.engines.dns._message import Carrier, Query, build_upstream_query
from leeward.engines.dns._resolve import Now, Pending, Ready
from leeward.engines.policy import mapped
from leeward.engines.policy.family import NEVER, Profile
from leeward.site.planes import Planes

FULL_S = 600.0
QUESTIONS = 1_000  # that a child draws from
PROCESSOR_S = 1.0  # for one message; a good one takes a ten-thousandth
MORE_FOR_ANY = 128  # octets beyond the question: a record of nine octets, a cookie, and the reason why
DEVICE_OPTION = 65074
ANA, ROUTER, NOBODY = "127.0.0.12", "127.0.0.40", "127.0.0.7"
NAMES = ("bad.example", "www.law.example", "search.example", "help.bad.example", "good.example", "_dns.resolver.arpa")
MORE_NAMES = ("use-application-dns.net", "mask.icloud.com", ".", "a" * 63 + ".example", ".".join("a" * 120))
TYPES = ("A", "AAAA", "ANY", "TXT", "HTTPS", "SVCB", "MX", "SOA", "AXFR", "OPT")
LAW = policy.Entry("law.example", policy.Reason.censored, 1)
SAFE = 1 << 56  # the first mark of safe search


class Fault(Exception):
    """The resolver did what it must not do; look at the message that is kept."""


# --- Questions, answers, and how they are altered ---------------------------------------------------------------------


def question(chance: random.Random) -> bytes:
    """Return a question as real clients ask it."""
    kinds: list[Callable[[], dns.edns.Option]] = [
        lambda: dns.edns.GenericOption(dns.edns.OptionType.COOKIE, chance.randbytes(chance.choice([8, 24]))),
        lambda: dns.edns.GenericOption(dns.edns.OptionType.PADDING, bytes(chance.randrange(200))),
        lambda: dns.edns.GenericOption(
            dns.edns.OptionType.make(DEVICE_OPTION), chance.choice([b"ana-phone", b"", chance.randbytes(9)])
        ),
        lambda: dns.edns.ECSOption("192.0.2.0", 24),
    ]
    made = dns.message.make_query(
        chance.choice(NAMES if chance.random() < 0.8 else MORE_NAMES),
        chance.choice(TYPES),
        use_edns=chance.choice([None, 0, 0, 0, 1]),
        want_dnssec=chance.random() < 0.2,
        payload=chance.choice([0, 511, 512, 1232, 4096, 65535]),
        options=[chance.choice(kinds)() for _ in range(chance.choice([0, 0, 1, 2]))],
        id=chance.randrange(65536),
    )
    return made.to_wire()


def answer(chance: random.Random, asked: bytes) -> bytes:
    """Return an upstream's answer to a question that was sent to it."""
    query = dns.message.from_wire(asked)
    made = dns.message.make_response(query, recursion_available=True)
    name, life = query.question[0].name, chance.choice([0, 1, 60, 86_400, 2**31 - 1])
    kind = chance.randrange(6)
    if kind == 0:
        made.answer.append(dns.rrset.from_text(name, life, "IN", "CNAME", "other.example."))
        name = made.answer[0][0].target
    if kind in (0, 1, 2):
        count = chance.choice([1, 2, 80])
        made.answer.append(dns.rrset.from_text_list(name, life, "IN", "A", [f"192.0.2.{n}" for n in range(count)]))
        made.answer.append(dns.rrset.from_text(name, life, "IN", "AAAA", "2001:db8::1"))
    if kind == 3:
        made.answer.append(dns.rrset.from_text(name, life, "IN", "TXT", *['"' + "x" * 250 + '"'] * 4))
    if kind >= 4:
        soa = f"ns.example. host.example. 1 2 3 4 {life}"
        made.set_rcode(dns.rcode.NXDOMAIN if kind == 5 else dns.rcode.NOERROR)
        made.authority.append(dns.rrset.from_text("example.", life, "IN", "SOA", soa))
    if chance.random() < 0.1:
        made.flags |= dns.flags.TC
    made.use_edns(chance.choice([False, 0]))
    return made.to_wire(max_size=65535)


NUMBERS = [
    0,
    1,
    2,
    0x0C,
    0x29,
    0x3F,
    0x40,
    0x7F,
    0x80,
    0xC0,
    0xFF,
    0x0200,
    0x8000,
    0xC00C,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
]


def altered(chance: random.Random, octets: bytes) -> bytes:
    """Return octets with one to six changes, most of them near the header."""
    changed = bytearray(octets)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        if not changed:
            break
        place = chance.randrange(min(len(changed), 40)) if chance.random() < 0.5 else chance.randrange(len(changed))
        kind = chance.randrange(6)
        if kind == 0:
            changed[place] ^= 1 << chance.randrange(8)
        elif kind in (1, 2):
            size = chance.choice([1, 2, 2, 4])
            changed[place : place + size] = (chance.choice(NUMBERS) & (1 << 8 * size) - 1).to_bytes(size)
        elif kind == 3:
            changed[place : place + 8] = chance.randbytes(chance.randrange(1, 9))
        elif kind == 4:
            del changed[place : place + chance.randrange(1, 16)]
        else:
            target = chance.randrange(len(changed))
            changed[target:target] = changed[place : place + chance.randrange(1, 80)] * chance.choice([1, 1, 2, 9])
    return bytes(changed[:65535])


def strange(chance: random.Random) -> bytes:
    """Return a whole question that no client asks: any octets in its labels, any type, class, flags and options."""
    name = b"\7example\0" if chance.random() < 0.5 else b"\0"
    for _ in range(chance.choice([0, 1, 2, 8])):
        label = chance.randbytes(chance.choice([1, 2, 9, 63]))
        name = bytes((len(label),)) + label + name
    options = b""
    for _ in range(chance.choice([0, 1, 1, 3])):
        data = chance.randbytes(chance.choice([0, 1, 7, 8, 16, 24, 40, 41, 300]))
        options += struct.pack(
            "!HH", chance.choice([3, 8, 10, 11, 12, 15, DEVICE_OPTION, chance.randrange(65536)]), len(data)
        )
        options += data
    life = chance.choice([0, 0, 0x8000, 0x10000, chance.getrandbits(32)])
    opt = struct.pack("!BHHIH", 0, 41, chance.choice(NUMBERS) & 0xFFFF, life, len(options)) + options
    count = chance.choice([0, 1, 1, 1, 2])
    head = struct.pack("!HHHHHH", chance.randrange(65536), chance.randrange(65536) & 0x07FF, 1, 0, 0, count)
    kind = chance.choice([1, 28, 65, 255, 41, 252, chance.randrange(65536)])
    return head + name + struct.pack("!HH", kind, chance.choice([1, 1, 1, 1, 3, 255])) + opt * count


def message(chance: random.Random, pool: list[bytes]) -> bytes:
    """Return what is tried: a real question of the pool, as it is or altered, a strange one, or any octets."""
    kind = chance.random()
    if kind < 0.9:
        asked = chance.randbytes(2) + chance.choice(pool)[2:] if kind < 0.6 else strange(chance)
        return asked if chance.random() < 0.4 else altered(chance, asked)
    head = chance.randbytes(2) + b"\1\0\0\1\0\0\0\0\0\0" if chance.random() < 0.7 else b""
    return head + chance.randbytes(chance.randrange(chance.choice([4, 40, 400, 4000])))


# --- What must hold ---------------------------------------------------------------------------------------------------


def must(holds: bool, what: str) -> None:  # a claim, not a choice between two behaviours
    """Raise `Fault` where a claim does not hold."""
    if not holds:
        raise Fault(what)


def room_in(asked: bytes) -> int:
    """Return how long an answer over UDP may be, as dnspython reads the question; where it cannot, as we read it here."""
    try:
        read = dns.message.from_wire(asked)
    except dns.exception.DNSException:
        # It also refuses what is in an option that a server need not look into. The size stands before the options.
        after = question_end(asked) + 4
        return (
            max(512, int.from_bytes(asked[after + 3 : after + 5])) if asked[after : after + 3] == b"\0\0\x29" else 512
        )
    return max(512, read.payload) if read.edns >= 0 else 512


def question_end(octets: bytes) -> int:
    """Return where the name in the question of a good message ends."""
    end = 12
    while octets[end]:
        end += 1 + octets[end]
    return end + 1


def is_any(asked: bytes, given: bytes) -> bool:
    """Tell whether an answer repeats a question for ANY."""
    if given[4:6] != b"\0\1":
        return False
    end = question_end(given)
    return given[end : end + 2] == b"\0\xff" and asked[12 : end + 2] == given[12 : end + 2]


def judge(asked: bytes, given: bytes, carrier: Carrier, *, is_ours: bool) -> None:
    """Hold an answer against what must hold. `is_ours`: no record in it comes from an altered answer of an upstream."""
    must(given[:2] == asked[:2], "another id")
    must(bool(given[2] & 0x80), "not an answer")
    must(len(given) <= 65535, "longer than a stream takes")
    if carrier is Carrier.UDP and len(given) > 512:
        must(len(given) <= min(room_in(asked), 1232), "longer than was asked for")
    if carrier is Carrier.UDP and is_any(asked, given):
        must(len(given) <= len(asked) + MORE_FOR_ANY, "a long answer to ANY")
    if is_ours:
        dns.message.from_wire(given)


# --- The way of one message -------------------------------------------------------------------------------------------


class Altered(_upstream.Upstreams):
    """An upstream whose answers are altered on the way."""

    def __init__(self, chance: random.Random) -> None:
        """Draw with `chance`."""
        super().__init__((("192.0.2.53", 53),), timeout_s=1)
        self._chance = chance

    async def ask(self, query: Query) -> _response.Response | None:
        """Return what the resolver reads in an altered answer, over UDP or over TCP."""
        asked = build_upstream_query(query, id_=7, question=query.question)
        try:
            got = answer(self._chance, asked)
        except dns.exception.DNSException:
            return None  # dnspython cannot make an answer to so strange a question.
        if self._chance.random() < 0.6:
            got = altered(self._chance, got)
        try:
            if self._chance.random() < 0.5:
                return _upstream._parse_stream(got, query=query, id_=7)
            return _response.parse_response(got, query=query, id_=7, question=query.question)
        except _response.BadResponse:
            return None


class Trial:
    """A resolver, and messages that go through it."""

    def __init__(self, chance: random.Random, planes: Planes, loop: asyncio.AbstractEventLoop) -> None:
        """Ask `planes`; draw with `chance`."""
        self._chance, self._loop = chance, loop
        self._resolver = engine.Resolver(
            planes,
            upstreams=(),
            page=engine.Page(v4="192.0.2.80", v6="2001:db8::80", contact="https://help.example/door"),
            announced=engine.Announced("dns.isp.example", 853, 443),
            trusted=(ip_network(f"{ROUTER}/32"),),
            device_option=DEVICE_OPTION,
            ports_a_block=1024,
            told=planes.told,
        )
        self._resolve, self._memo = self._resolver._resolve, self._resolver._memo
        self._resolve._upstreams = Altered(chance)
        self._ahead_s = 0

    def one(self, asked: bytes) -> str:
        """Send one message all the way and say what became of it. Raises `Fault`, and whatever else went wrong."""
        carrier = self._chance.choice([Carrier.UDP, Carrier.UDP, *Carrier])
        address = self._chance.choice([ANA, ROUTER, NOBODY, "2001:db8::7", "::ffff:127.0.0.12", "fe80::1%lo"])
        token = self._chance.choice(["", "ana", "eve"]) if carrier.is_encrypted else ""
        caller = Caller(carrier, address, token, self._chance.choice([0, 1024, 65535]))
        self._ahead_s += self._chance.choice([0, 0, 0, 1, 7])
        now = Now(self._loop.time() + self._ahead_s, int(time.time()))
        remembered = self._remembered(asked, caller, now) if carrier is Carrier.UDP else None
        found = self._resolve.begin(asked, caller, now=now)
        if found is None:
            must(remembered is None, "remembered where silence is due")
            return "silence"
        if isinstance(found, Pending):
            octets = self._loop.run_until_complete(self._resolve.forward(found))
            judge(asked, octets, carrier, is_ours=False)
            self._again(asked, caller, now)
            return f"forwarded, {dns.rcode.to_text(dns.rcode.Rcode(octets[3] & 15))}"
        judge(asked, found.octets, carrier, is_ours=found.ruling is None or found.is_closed)
        if remembered is not None:
            must(remembered == found.octets, "another answer from memory")
        if carrier is Carrier.UDP:
            self._memo.keep(asked, found, now=now)
        return f"answered, {dns.rcode.to_text(dns.rcode.Rcode(found.octets[3] & 15))}"

    def _again(self, asked: bytes, caller: Caller, now: Now) -> None:
        """Ask for what was just learned: it comes from the cache, and some seconds later from the memory."""
        found = self._resolve.begin(asked, caller, now=now)
        if not isinstance(found, Ready):
            return
        judge(asked, found.octets, caller.carrier, is_ours=False)
        if caller.carrier is Carrier.UDP:
            self._memo.keep(asked, found, now=now)
            later = now._replace(loop_s=now.loop_s + self._chance.choice([1, 5, 61]))
            remembered = self._remembered(asked, caller, later)
            if remembered is not None:
                judge(asked, remembered, caller.carrier, is_ours=False)

    def _remembered(self, asked: bytes, caller: Caller, now: Now) -> bytes | None:
        (answer,) = self._memo.find([asked], [asker_of(caller.address, caller.port)], now=now)
        return answer


# --- The child and the parent -----------------------------------------------------------------------------------------


def planes_in(folder: Path, stack: ExitStack) -> Planes:
    """Write tables of both planes with Ana's family, and open them."""
    signs = policy.Writer.create(folder / "policy.tbl", [LAW], position=0, never_block=frozenset())
    family = stack.enter_context(mapped.Writer.create(folder / "family"))
    stack.enter_context(signs)
    for name, marks in (("bad.example", 1), ("search.example", SAFE), ("help.bad.example", NEVER)):
        family.put_name(name, marks)
    family.put_profile(Profile(number=12, blocked=1, safe=SAFE, shows_names=True), at=datetime.now(UTC))
    for who in (b"4\x7f\0\0\x0c", b"tana", b"eana-phone", b"p\x7f\0\0\x07\0\1"):
        family.put_who(who, 12)
    return Planes(folder / "policy.tbl", family=folder / "family", counts=folder / "counts")


def slow(_number: int, _frame: object) -> None:
    """End a message that takes too long."""
    raise Fault("it takes too long")


_CASE = struct.Struct("!QI")


def child(seed: int, seconds: float, current: Path) -> None:
    """Try messages for some seconds. The one in hand lies in `current`, which outlives a process that dies."""
    chance, answers = random.Random(seed), Counter[str]()
    loop = asyncio.new_event_loop()
    signal.signal(signal.SIGPROF, slow)
    with ExitStack() as stack, current.open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leeward-fuzz-")))
        trial = Trial(chance, planes_in(folder, stack), loop)
        pool = [question(chance) for _ in range(QUESTIONS)]
        until, turn = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            octets = message(chance, pool)
            turn += 1
            shared[: _CASE.size + len(octets)] = _CASE.pack(turn, len(octets)) + octets
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S)
            answers[trial.one(octets)] += 1
            signal.setitimer(signal.ITIMER_PROF, 0)
    loop.close()
    print(json.dumps(answers))


def fuzz(*, seconds: float, seed: int, keep: Path, answers: Counter[str]) -> tuple[int, int]:
    """Try messages until the time is over, count what became of them, and return how many were tried and the faults."""
    until, tried, faults = time.monotonic() + seconds, 0, 0
    with tempfile.TemporaryDirectory(prefix="leeward-fuzz-") as folder:
        current = Path(folder) / "current"
        while (left := until - time.monotonic()) > 0:
            current.write_bytes(bytes(_CASE.size + 65536))
            command = [sys.executable, __file__, "--child", str(current), "--seed", str(seed), "--seconds", str(left)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            octets = current.read_bytes()
            turn, length = _CASE.unpack_from(octets)
            tried += turn
            if done.returncode == 0:
                answers.update(json.loads(done.stdout))
                continue
            what = done.stderr.strip().splitlines() or [f"signal {-done.returncode}"]
            faults += 1
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seed}-{turn}").write_bytes(octets[_CASE.size : _CASE.size + length])
            (keep / f"{seed}-{turn}.txt").write_text("\n".join(what) + "\n")
            print(f"seed {seed}, turn {turn}: {what[-1]}", file=sys.stderr)
            if turn == 0:
                raise SystemExit("it does not even begin; see above")
            seed += 1
    return tried, faults


def main() -> None:
    """Read the command line and try messages until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.seed, options.seconds, options.child)
        return
    answers = Counter[str]()
    seconds = FULL_S if options.full else options.seconds
    tried, faults = fuzz(seconds=seconds, seed=options.seed, keep=options.keep, answers=answers)
    for what, count in sorted(answers.items()):
        print(f"  {what:32} {count:>10}", file=sys.stderr)
    for name, value, goal, higher in (("tried", tried, None, True), ("faults", faults, 0, False)):
        row = {"name": f"fuzz_dns.{name}", "value": value, "unit": "messages", "higher_is_better": higher, "goal": goal}
        print(
            json.dumps(row | {"peer": None, "ratio": None})
            if options.json
            else f"{row['name']:24} {value:>10} messages"
        )
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
