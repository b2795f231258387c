"""Tokens in the names that TLS clients ask for: `token.dns.isp.example` where we are `dns.isp.example`."""

import asyncio
import ssl
import weakref
from typing import Final

from ._callers import TOKEN

_BROKEN_TOKEN: Final = "?"  # noqa: S105  # A label that is no token; nobody has this one, so it is answered REFUSED.


class TlsNames:
    """Remember the name that each client of one TLS context asked for.

    The server's side of a connection does not tell it by itself.
    """

    def __init__(self, context: ssl.SSLContext, *, name: str) -> None:
        """Listen on `context`; `name` is ours, without a token."""
        self._name = name.lower().rstrip(".")
        self._asked: weakref.WeakKeyDictionary[ssl.SSLObject, str] = weakref.WeakKeyDictionary()
        context.sni_callback = self._note

    def token(self, writer: asyncio.StreamWriter) -> str:
        """Return the token of a connection; empty where the client asked for our own name, another one or none."""
        connection = writer.get_extra_info("ssl_object")
        asked = "" if connection is None else self._asked.get(connection, "")
        label, _, parent = asked.lower().rstrip(".").partition(".")
        if not self._name or parent != self._name:
            return ""
        return label if TOKEN.fullmatch(label) else _BROKEN_TOKEN

    def _note(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> None:
        if name is not None and isinstance(connection, ssl.SSLObject):
            self._asked[connection] = name
