"""From the octets of a query to the octets of its answer, whatever they travelled over."""

import asyncio
from typing import Final, NamedTuple

from ._answers import Answers
from ._cache import Cache
from ._callers import Caller, Callers, UnknownToken
from ._codes import CLASS_IN, Ede, Option, Rcode, Type
from ._cookies import Cookies, Shown
from ._counters import Counters
from ._known import RELAY, Known
from ._message import HEADER, TC, BadQuery, Carrier, Query, build_answer, option, option_of, parse_query, wire_of
from ._response import CHILD_TTL_S, MAX_TTL_S, Response, render, render_alias, shown_ttl_s
from ._ruling import Policy, PolicyNotReady, Ruling, Told, Way, untold
from ._upstream import Upstreams

MAX_IN_FLIGHT: Final = 1000  # Each question that is forwarded holds a socket; the usual limit of a process is 1,024.
_ADDRESSES: Final = frozenset({int(Type.A), int(Type.AAAA)})
_CLOSED_S: Final = 3600.0  # How long a ready answer for a closed door may be kept; it is never shown without asking.


class Now(NamedTuple):
    """The moment of a question: seconds of the loop's own clock, and seconds since 1970."""

    loop_s: float
    at_s: int


class Ready(NamedTuple):
    """An answer. With a `ruling`, everybody with that ruling gets it for the same octets, until then (loop's seconds).

    `ttls` are the places in `octets` of seconds that run down, and what is left; no more than `most_s` of it is shown.
    """

    octets: bytes
    ruling: Ruling | None = None
    until_s: float = 0.0
    ttls: tuple[tuple[int, int], ...] = ()
    most_s: int = MAX_TTL_S
    is_closed: bool = False


class Pending(NamedTuple):
    """A question that an upstream has to answer; `target` is what is asked in its place, for a safe form."""

    query: Query
    ruling: Ruling
    target: Query | None

    @property
    def most_s(self) -> int:
        """The longest life of a record in the answer."""
        return CHILD_TTL_S if self.ruling.is_child else MAX_TTL_S


class Resolve:
    """Answer queries: the policy decides first, then the cache is looked at, then the upstreams are asked."""

    def __init__(
        self,
        policy: Policy,
        *,
        answers: Answers,
        callers: Callers,
        cookies: Cookies,
        known: Known,
        upstreams: Upstreams,
        counters: Counters,
        told: Told = untold,
    ) -> None:
        """Join the parts; the cache begins empty."""
        self._policy = policy
        self._told = told
        self._answers = answers
        self._callers = callers
        self._cookies = cookies
        self._known = known
        self._upstreams = upstreams
        self.counters = counters
        self._cache = Cache()
        self._in_flight = 0

    def begin(self, octets: bytes, caller: Caller, *, now: Now) -> Ready | Pending | None:
        """Return the answer, or what `forward` has to find out, or None for silence."""
        self.counters.queries += 1
        try:
            query = parse_query(octets, carrier=caller.carrier)
        except BadQuery as bad:
            self.counters.malformed += 1
            return None if bad.answer is None else Ready(bad.answer)
        if query.options:
            shown = option_of(query, Option.COOKIE)
            if shown is not None:
                if self._cookies.check(shown, address=caller.address, at_s=now.at_s) is Shown.BROKEN:
                    self.counters.malformed += 1
                    return Ready(build_answer(query, rcode=Rcode.FORMERR))
                made = self._cookies.make(shown, address=caller.address, at_s=now.at_s)
                query = query._replace(echo=option(Option.COOKIE, made))
        refusal = self._answers.refusal(query)
        return self._decided(query, caller, now) if refusal is None else Ready(refusal)

    async def forward(self, pending: Pending) -> bytes:
        """Return what an upstream says, or SERVFAIL if none can be reached."""
        asked = pending.target or pending.query
        self._in_flight += 1
        try:
            response = await self._upstreams.ask(asked)
        finally:
            self._in_flight -= 1
        if response is None:
            return self._answers.failure(pending.query, ede=Ede.NO_REACHABLE_AUTHORITY)
        self.counters.forwarded += 1
        self._cache.keep(asked, response, now_s=asyncio.get_running_loop().time())
        return _shown(response, pending, age_s=0)

    def _decided(self, query: Query, caller: Caller, now: Now) -> Ready | Pending:
        try:
            who = self._callers.who(query, caller)
        except UnknownToken:
            return Ready(self._answers.unknown_token(query))
        known = self._known.answer(query)
        if known is not None:
            return Ready(known)
        try:
            ruling = self._policy.decide(query.wire, who, now.at_s)
        except PolicyNotReady:
            return Ready(self._answers.failure(query, ede=Ede.NOT_READY))
        if ruling.way is Way.CLOSED:
            self._told(ruling, query.wire, who, now.at_s)
            octets = self._answers.closed(query, ruling)
            return Ready(octets, self._same_for_all(query, caller, ruling), now.loop_s + _CLOSED_S, is_closed=True)
        if query.type == Type.ANY:
            return Ready(self._answers.everything(query))
        if ruling.is_child and query.wire in RELAY:
            return Ready(build_answer(query, rcode=Rcode.NXDOMAIN))
        pending = _pending(query, ruling)
        if pending.target is not None:
            self.counters.safe += 1
            self._told(ruling, query.wire, who, now.at_s)
        return self._from_cache(pending, caller, now)

    def _from_cache(self, pending: Pending, caller: Caller, now: Now) -> Ready | Pending:
        query, ruling, target = pending
        kept = self._cache.find(target or query, now_s=now.loop_s)
        if kept is not None:
            self.counters.cached += 1
            response, age_s = kept
            octets = _shown(response, pending, age_s=age_s)
            if target is not None or octets[2] & TC >> 8:
                return Ready(octets)
            first = HEADER.size + len(query.question)
            ttls = [(first + at, shown_ttl_s(ttl_s, age_s=age_s)) for at, ttl_s in response.ttls]
            until_s = now.loop_s + response.keep_s - age_s - 1
            return Ready(octets, self._same_for_all(query, caller, ruling), until_s, tuple(ttls), pending.most_s)
        if not self._upstreams:
            return Ready(self._answers.without_upstream(query))
        if self._in_flight >= MAX_IN_FLIGHT:
            return Ready(self._answers.failure(query, ede=Ede.NO_REACHABLE_AUTHORITY))
        return pending

    def _same_for_all(self, query: Query, caller: Caller, ruling: Ruling) -> Ruling | None:
        """Return the ruling, if the answer is the same for everybody with it; a cookie is for one asker alone."""
        if query.echo or caller.carrier is not Carrier.UDP or self._callers.may_name_devices(caller.address):
            return None
        return ruling


def _pending(query: Query, ruling: Ruling) -> Pending:
    if ruling.way is not Way.SAFE:
        return Pending(query, ruling, None)
    wire = wire_of(ruling.safe_name)
    if wire == query.wire:
        return Pending(query, ruling, None)
    kind = query.type if query.type in _ADDRESSES else int(Type.A)
    question = wire + kind.to_bytes(2) + CLASS_IN.to_bytes(2)
    return Pending(query, ruling, query._replace(question=question, wire=wire, type=kind, wants_dnssec=False))


def _shown(response: Response, pending: Pending, *, age_s: int) -> bytes:
    query, _, target = pending
    most_s = pending.most_s
    if target is None:
        return render(response, query=query, age_s=age_s, most_s=most_s)
    if response.rcode not in {Rcode.NOERROR, Rcode.NXDOMAIN}:
        return build_answer(query, rcode=response.rcode)
    # Other types of record are asked again, at the alias, by whoever wants them.
    addresses = response.addresses if query.type == target.type else ()
    return render_alias(response, addresses, query=query, target=target.wire, age_s=age_s, most_s=most_s)
