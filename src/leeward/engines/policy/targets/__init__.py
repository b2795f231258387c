"""Write a set of names for other products: RPZ (BIND, Unbound, PowerDNS, Knot), dnsmasq, hosts and AdGuard.

Every writer takes normalised names and the names that nobody closes, and gives the same rows for the same sets in whatever
order they came. Rows come one by one, without a line feed at their end.
"""

from leeward.engines.policy.targets._adguard import adguard
from leeward.engines.policy.targets._dnsmasq import dnsmasq
from leeward.engines.policy.targets._hosts import hosts
from leeward.engines.policy.targets._plan import Plan, plan
from leeward.engines.policy.targets._rpz import NotAZone, Rpz, Zone, rpz

__all__ = ["NotAZone", "Plan", "Rpz", "Zone", "adguard", "dnsmasq", "hosts", "plan", "rpz"]
