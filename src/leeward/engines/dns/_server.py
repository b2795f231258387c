"""The embedded resolver."""

import asyncio
from collections.abc import Callable
from typing import Final

from ._answers import Answers, Verdict
from ._counters import Counters
from ._doors import TcpDoor, UdpDoor
from ._resolve import Resolve
from ._upstream import Upstreams

TIMEOUT_S: Final = 2.0
IDLE_S: Final = 10.0
_TRIES_FOR_A_PORT: Final = 10


class Resolver:
    """Resolve names over UDP and TCP, with what the policy keeps away led to a page that explains it.

    `decide` is asked for every name before the cache and the upstreams; it gets the name in lower case without the
    trailing dot. While it raises `PolicyNotReady` every answer is SERVFAIL: no name resolves unchecked.
    `counters` holds numbers since the start and never a name.
    """

    def __init__(
        self,
        decide: Callable[[str], Verdict],
        *,
        upstreams: tuple[tuple[str, int], ...],
        page_v4: str,
        page_v6: str | None,
        timeout_s: float = TIMEOUT_S,
        idle_s: float = IDLE_S,
    ) -> None:
        """Take the policy, the resolvers to ask (address, port), and the explanation page's addresses.

        `timeout_s` bounds each upstream, `idle_s` each wait for a TCP client. Raises `ValueError` for a wrong address.
        """
        self.counters = Counters()
        answers = Answers(decide, page_v4=page_v4, page_v6=page_v6, counters=self.counters)
        asked = Upstreams(upstreams, timeout_s=timeout_s)
        self._resolve = Resolve(answers, upstreams=asked, counters=self.counters)
        self._idle_s = idle_s
        self._udp: UdpDoor | None = None
        self._tcp: TcpDoor | None = None
        self._listener: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen on `host` over UDP and TCP and return the port; 0 takes a free one. Raises `OSError`."""
        for _ in range(_TRIES_FOR_A_PORT - 1 if port == 0 else 0):
            try:
                return await self._listen(host, port)
            except OSError:
                continue  # The port that was free for TCP is taken for UDP; the system offers another one.
        return await self._listen(host, port)

    async def stop(self) -> None:
        """Close the sockets and drop what is under way. Harmless when it is not running."""
        if self._listener is not None:
            self._listener.close()
        if self._udp is not None:
            await self._udp.close()
        if self._tcp is not None:
            await self._tcp.close()
        if self._listener is not None:
            await self._listener.wait_closed()
        self._listener = self._udp = self._tcp = None

    async def _listen(self, host: str, port: int) -> int:
        tcp = TcpDoor(self._resolve, idle_s=self._idle_s)
        listener = await asyncio.start_server(tcp.serve, host, port)
        chosen = int(listener.sockets[0].getsockname()[1])
        try:
            _, udp = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: UdpDoor(self._resolve), local_addr=(host, chosen)
            )
        except OSError:
            listener.close()
            raise
        self._listener, self._tcp, self._udp = listener, tcp, udp
        return chosen
