"""Rules for AdGuard Home and AdGuard DNS: an exception outweighs every plain rule. Source: adguard-dns.io/kb, filtering syntax."""

from collections.abc import Iterable, Iterator

from leeward.engines.policy.targets._plan import plan


def adguard(closed: Iterable[str], *, never: Iterable[str]) -> Iterator[str]:
    """Yield `||name^`, and `@@||name^` for names that nobody closes."""
    wanted = plan(closed, never=never)
    yield from (f"@@||{name}^" for name in wanted.opened)
    yield from (f"||{name}^" for name in wanted.closed)
