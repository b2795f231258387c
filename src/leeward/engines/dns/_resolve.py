"""From the octets of a query to the octets of its answer, whatever they travelled over."""

import asyncio

from ._answers import Answers
from ._cache import Cache
from ._codes import Ede
from ._counters import Counters
from ._message import BadQuery, Carrier, Query, parse_query
from ._response import render
from ._upstream import Upstreams

MAX_IN_FLIGHT = 1000  # Each question that is forwarded holds a socket; the usual limit of a process is 1,024.


class Resolve:
    """Answer queries: the policy decides first, then the cache is looked at, then the upstreams are asked."""

    def __init__(self, answers: Answers, *, upstreams: Upstreams, counters: Counters) -> None:
        """Join the parts; the cache begins empty."""
        self._answers = answers
        self._upstreams = upstreams
        self._counters = counters
        self._cache = Cache()
        self._in_flight = 0

    def begin(self, octets: bytes, *, carrier: Carrier, now_s: float) -> bytes | Query | None:
        """Return the answer, or the query if `forward` has to find it, or None for silence."""
        self._counters.queries += 1
        try:
            query = parse_query(octets, carrier=carrier)
        except BadQuery as bad:
            self._counters.malformed += 1
            return bad.answer
        answer = self._answers.at_once(query)
        if answer is not None:
            return answer
        kept = self._cache.find(query, now_s=now_s)
        if kept is not None:
            self._counters.cached += 1
            return render(kept[0], query=query, age_s=kept[1])
        if not self._upstreams:
            return self._answers.without_upstream(query)
        if self._in_flight >= MAX_IN_FLIGHT:
            return self._answers.failure(query, ede=Ede.NO_REACHABLE_AUTHORITY)
        return query

    async def forward(self, query: Query) -> bytes:
        """Return what an upstream says to `query`, or SERVFAIL if none can be reached."""
        self._in_flight += 1
        try:
            response = await self._upstreams.ask(query)
        finally:
            self._in_flight -= 1
        if response is None:
            return self._answers.failure(query, ede=Ede.NO_REACHABLE_AUTHORITY)
        self._counters.forwarded += 1
        self._cache.keep(query, response, now_s=asyncio.get_running_loop().time())
        return render(response, query=query, age_s=0)
