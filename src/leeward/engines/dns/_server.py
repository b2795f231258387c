"""The embedded resolver."""

import asyncio
import secrets
import socket
import ssl
from dataclasses import dataclass, replace
from typing import Final

from . import _http2
from ._answers import Answers
from ._callers import Callers, Network
from ._cookies import Cookies
from ._counters import Counters
from ._doh import HttpsDoor
from ._doors import StreamDoor, UdpDoor
from ._known import Announced, Known
from ._memo import Memo
from ._names_of_tls import TlsNames
from ._resolve import Resolve
from ._ruling import Policy, Told, untold
from ._upstream import Upstreams

TIMEOUT_S: Final = 2.0
IDLE_S: Final = 10.0
_TRIES_FOR_A_PORT: Final = 10
_DOT: Final = "dot"  # RFC 7858 has its protocol id in the IANA registry "TLS ALPN Protocol IDs".


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page that explains a closed door is: its addresses, and a URI by which people can ask about it.

    Without an address a closed name has no data. The URI is told over encrypted ways only.
    """

    v4: str | None = None
    v6: str | None = None
    contact: str = ""


class Resolver:
    """Resolve names over UDP, TCP, TLS and HTTPS, with what the policy keeps away led to a page that explains it.

    The policy is asked before the cache and the upstreams. While it raises `PolicyNotReady` every answer is SERVFAIL:
    no name resolves unchecked. `counters` holds numbers since the start and never a name.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        upstreams: tuple[tuple[str, int], ...],
        page: Page,
        announced: Announced | None = None,
        trusted: tuple[Network, ...] = (),
        device_option: int | None = None,
        told: Told = untold,
        ports_a_block: int = 0,
        timeout_s: float = TIMEOUT_S,
        idle_s: float = IDLE_S,
    ) -> None:
        """Take the policy, the resolvers to ask (address, port), and the page.

        `announced` are the doors that devices may discover (RFC 9462); `trusted` the networks whose gateways name the
        device in the EDNS option `device_option`. `told` is called for each answer that is closed or safe, and for no
        open one; it must be quick and raise nothing. `ports_a_block` is how many ports one line has where many share an IPv4 address,
        0 where none do. `timeout_s` bounds each upstream, `idle_s` each wait for a client.
        Raises `ValueError` for a wrong address.
        """
        self.counters = Counters()
        callers = Callers(policy.knows, trusted=trusted, device_option=device_option, ports_a_block=ports_a_block)
        self._resolve = Resolve(
            policy,
            answers=Answers(page_v4=page.v4, page_v6=page.v6, contact=page.contact, counters=self.counters),
            callers=callers,
            cookies=Cookies(secrets.token_bytes(32)),
            known=Known(announced and replace(announced, https_versions=_http2.versions())),
            upstreams=Upstreams(upstreams, timeout_s=timeout_s),
            counters=self.counters,
            told=told,
        )
        self._memo = Memo(policy, callers=callers, counters=self.counters, told=told)
        self._name = announced.name if announced else ""
        self._idle_s = idle_s
        self._udp: list[UdpDoor] = []
        self._streams: list[tuple[asyncio.Server, StreamDoor]] = []

    async def start(self, host: str, port: int) -> int:
        """Listen on `host` over UDP and TCP and return the port; 0 takes a free one. Raises `OSError`."""
        for _ in range(_TRIES_FOR_A_PORT - 1 if port == 0 else 0):
            try:
                return await self._listen(host, port)
            except OSError:
                continue  # The port that was free for TCP is taken for UDP; the system offers another one.
        return await self._listen(host, port)

    async def start_tls(self, host: str, port: int, *, context: ssl.SSLContext) -> int:
        """Listen on `host` for DNS over TLS and return the port. Raises `OSError`."""
        context.set_alpn_protocols([_DOT])
        names = TlsNames(context, name=self._name)
        return await self._serve(
            StreamDoor(self._resolve, idle_s=self._idle_s, names=names), host, port, context=context
        )

    async def start_https(self, host: str, port: int, *, context: ssl.SSLContext | None) -> int:
        """Listen on `host` for DNS over HTTPS and return the port. Raises `OSError`.

        Without a context it is plain HTTP, for a proxy on the same machine that has the certificate.
        """
        if context is not None:
            _http2.offer(context)
        return await self._serve(HttpsDoor(self._resolve, idle_s=self._idle_s), host, port, context=context)

    async def stop(self) -> None:
        """Close the sockets and drop what is under way. Harmless when it is not running."""
        for listener, _ in self._streams:
            listener.close()
        for udp in self._udp:
            await udp.close()
        for listener, door in self._streams:
            await door.close()
            await listener.wait_closed()
        self._streams, self._udp = [], []

    async def _listen(self, host: str, port: int) -> int:
        chosen = await self._serve(StreamDoor(self._resolve, idle_s=self._idle_s), host, port, context=None)
        try:
            receiver = await _receiver(host, chosen)
        except OSError:
            self._streams.pop()[0].close()
            raise
        self._udp.append(UdpDoor(self._resolve, memo=self._memo, receiver=receiver))
        return chosen

    async def _serve(self, door: StreamDoor, host: str, port: int, *, context: ssl.SSLContext | None) -> int:
        wait_s = None if context is None else self._idle_s
        listener = await asyncio.start_server(door.serve, host, port, ssl=context, ssl_handshake_timeout=wait_s)
        self._streams.append((listener, door))
        return int(listener.sockets[0].getsockname()[1])


async def _receiver(host: str, port: int) -> socket.socket:
    """Return a datagram socket that is bound."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    receiver = socket.socket(family, kind, protocol)
    try:
        receiver.bind(address)
    except OSError:
        receiver.close()
        raise
    return receiver
