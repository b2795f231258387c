"""Give every address one spelling, so that the same page reported twice is one sign."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from leeward.engines.urls._host import canonical_host
from leeward.engines.urls._refusal import URL_LENGTH, NotAnAddress, Reason

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
PORT_MAX: Final = 65535
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986 2.3
_PATH: Final = _UNRESERVED | frozenset(b"!$&'()*+,;=:@/")  # RFC 3986 section 3.3, with the separator
_QUERY: Final = _PATH | frozenset(b"?")  # RFC 3986 section 3.4
_SCHEME: Final = re.compile(r"(https?)://", re.IGNORECASE)
_AUTHORITY_END: Final = re.compile(r"[/?#]")
_QUERY_START: Final = re.compile(r"[?#]")
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})|.", re.DOTALL)
_PORT: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Parts:
    """A canonical address in its parts. `host` has brackets around an IPv6 number, `port` is None for the usual one."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def site(self) -> str:
        """Return host and port as they stand in the address."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.site}{self.path}{query}"


def canonical(url: str) -> str:
    """Return the one spelling of an http or https address; applying it twice changes nothing.

    Case, script, default port, dot segments, percent-encoding, fragment, empty path and empty query are settled as in
    RFC 3986 section 6.2.2 and 6.2.3. Backslashes count as slashes, as browsers read them. Reserved characters stay as
    they are: `%2F` and `/` can be two pages, and blocking the wrong one harms a stranger.
    Raises `NotAnAddress` with a reason and a next step.
    """
    return str(parse(url))


def host_of(url: str) -> str:
    """Return the canonical host name or IP number of an address, without brackets or port. Raises `NotAnAddress`."""
    return parse(url).host.strip("[]")


def prefixes(url: str) -> list[str]:
    """Return the keys under which an address may be listed, from the address itself down to its host.

    A key has neither scheme nor usual port. The first one is the key to *list* an address under; a listed key that
    ends in `/` covers everything below it. `https://a.example/b/c?d` gives `a.example/b/c?d`, `a.example/b/c`,
    `a.example/b/`, `a.example/`. Raises `NotAnAddress`.
    """
    parts = parse(url)
    keys = [f"{parts.site}{parts.path}?{parts.query}"] if parts.query else []
    if not parts.path.endswith("/"):
        keys.append(parts.site + parts.path)
    slashes = [at for at, letter in enumerate(parts.path) if letter == "/"]
    return keys + [parts.site + parts.path[: at + 1] for at in reversed(slashes)]


def parse(url: str) -> Parts:
    """Return the canonical parts of an address. Raises `NotAnAddress`."""
    scheme, rest = _scheme(_clean(url))
    ends = _AUTHORITY_END.search(rest)
    at = ends.start() if ends else len(rest)
    raw_host, raw_port = _authority(rest[:at])
    path, _, query = rest[at:].partition("#")[0].partition("?")
    parts = Parts(
        scheme=scheme,
        host=canonical_host(raw_host),
        port=_port(raw_port, scheme=scheme),
        path=_without_dots(_escaped(path, keep=_PATH)),
        query=_escaped(query, keep=_QUERY),
    )
    # Escaping can treble the length, and what is returned must be accepted again.
    if len(str(parts)) > URL_LENGTH:
        raise NotAnAddress(Reason.TOO_LONG)
    return parts


def _clean(url: str) -> str:
    if len(url) > URL_LENGTH:
        raise NotAnAddress(Reason.TOO_LONG)
    text = url.strip()
    if not text:
        raise NotAnAddress(Reason.EMPTY)
    # Lone surrogates ("Cs") come from broken decoding and cannot be written as UTF-8.
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise NotAnAddress(Reason.CONTROL_CHARACTERS)
    return text


def _scheme(text: str) -> tuple[str, str]:
    # Only before the first `?` or `#` is a backslash a slash.
    ends = _QUERY_START.search(text)
    at = ends.start() if ends else len(text)
    text = text[:at].replace("\\", "/") + text[at:]
    found = _SCHEME.match(text)
    if not found:
        raise NotAnAddress(Reason.SCHEME)
    return found[1].lower(), text[found.end() :]


def _authority(authority: str) -> tuple[str, str]:
    if "@" in authority:
        raise NotAnAddress(Reason.USERINFO)
    if authority.startswith("["):
        host, closing, rest = authority.partition("]")
        if not closing or (rest and not rest.startswith(":")):
            raise NotAnAddress(Reason.HOST)
        return host + closing, rest[1:]
    host, _, port = authority.partition(":")
    return host, port


def _port(raw: str, *, scheme: str) -> int | None:
    if not raw:
        return None
    if not _PORT.fullmatch(raw):
        raise NotAnAddress(Reason.PORT)
    port = int(raw)
    if not 1 <= port <= PORT_MAX:
        raise NotAnAddress(Reason.PORT)
    return None if port == DEFAULT_PORTS[scheme] else port


def _escaped(text: str, *, keep: frozenset[int]) -> str:
    """Write `text` so that a byte is percent-encoded if and only if it must be, with capital hex digits."""

    def settle(found: re.Match[bytes]) -> bytes:
        byte = int(found[1], 16) if found[1] else found[0][0]
        plain = _UNRESERVED if found[1] else keep
        return bytes([byte]) if byte in plain else b"%%%02X" % byte

    return _ESCAPE.sub(settle, text.encode("utf-8")).decode("ascii")


def _without_dots(path: str) -> str:
    """Resolve `.` and `..`; the path always begins with a slash. Source: RFC 3986 section 5.2.4."""
    segments = path[1:].split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
