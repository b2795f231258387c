"""The wire codec and the embedded resolver: policy first, then cache, then upstream.

`Resolver` opens its sockets only in `start`; the command that serves it calls that. The policy is any function from a
name to something that looks like a `Verdict`, so this engine knows no other engine.
"""

from ._answers import PolicyNotReady, Verdict
from ._counters import Counters
from ._message import BadQuery
from ._server import Resolver

__all__ = ["BadQuery", "Counters", "PolicyNotReady", "Resolver", "Verdict"]
