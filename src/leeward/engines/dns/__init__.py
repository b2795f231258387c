"""The wire codec and the resolver: policy first, then cache, then upstream.

`Resolver` opens its sockets only in its `start` functions; the command that serves it calls those. The policy is any
object like `Policy`, so this engine knows no other engine.
"""

from ._counters import Counters
from ._known import Announced
from ._message import BadQuery, name_of, wire_of
from ._ruling import OPEN, Policy, PolicyNotReady, Ruling, Way
from ._server import Page, Resolver

__all__ = [
    "OPEN",
    "Announced",
    "BadQuery",
    "Counters",
    "Page",
    "Policy",
    "PolicyNotReady",
    "Resolver",
    "Ruling",
    "Way",
    "name_of",
    "wire_of",
]
