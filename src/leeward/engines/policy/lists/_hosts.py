"""Hosts files: an address that leads nowhere, then the names that are closed."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from leeward.engines.policy.lists._careful import PLAIN
from leeward.engines.policy.lists._values import NotAboutNames, Refused, Written

# The head of every hosts file, not of the list: hosts(5) of Debian and macOS, and the head of StevenBlack/hosts.
_OWN: Final = frozenset(
    {"0.0.0.0", "broadcasthost", "ip6-allhosts", "ip6-allnodes", "ip6-allrouters", "ip6-localhost", "ip6-localnet"}  # noqa: S104  # a name in a file, nothing to listen on
    | {"ip6-loopback", "ip6-mcastprefix", "local", "localhost", "localhost.localdomain"}
)
_WORD: Final = re.compile(r"\S+")


class Hosts:
    """The grammar of hosts files."""

    plain = r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]{1,8}" + PLAIN + r"[ \t]?\r?"
    is_plain_now = True

    def names(self, line: str) -> Iterator[Written]:
        """Yield the names after the address."""
        words = list(_WORD.finditer(line.partition("#")[0]))
        if not words:
            return
        first, *rest = words
        address = _address(first)
        written = [Written(word[0], word.start() + 1) for word in rest if word[0] not in _OWN]
        if not rest:
            raise Refused(first.end() + 1, "The name after the address is missing; add it or remove the line.")
        if written and not leads_nowhere(address):
            what = "The line leads names to an address of its own, which a list cannot; it was left out."
            raise NotAboutNames(first.start() + 1, what)
        yield from written


def leads_nowhere(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address is one that lists give to names that are closed."""
    return address.is_unspecified or address.is_loopback


def is_address(text: str) -> bool:
    """Say whether a text is an address and so no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address(word: re.Match[str]) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(word[0].partition("%")[0])
    except ValueError:
        what = (
            "The line does not begin with an address; write 0.0.0.0 before the name, or read the list as plain names."
        )
        raise Refused(word.start() + 1, what) from None
