"""Options for dnsmasq: closed names get NXDOMAIN with all below. Of two options, the longer name decides. Source: dnsmasq(8)."""

from collections.abc import Iterable, Iterator

from leeward.engines.policy.targets._plan import plan


def dnsmasq(closed: Iterable[str], *, never: Iterable[str]) -> Iterator[str]:
    """Yield `local=/name/`, and `server=/name/#`, the usual servers, for names that nobody closes."""
    wanted = plan(closed, never=never)
    yield from (f"server=/{name}/#" for name in wanted.opened)
    yield from (f"local=/{name}/" for name in wanted.closed)
