"""Read lists of names as they are published: hosts, plain names, adblock, dnsmasq, RPZ and the folders of UT1.

`read` streams: it holds one line and a few faults, never the list. The lines come from `_lines`, what a line of each format
says from `_hosts`, `_domains`, `_adblock`, `_dnsmasq` and `_rpz`, and what counts as a name from `_careful`.
"""

from leeward.engines.policy.lists._folders import read_folders
from leeward.engines.policy.lists._lines import MAX_LINE_BYTES, chunks
from leeward.engines.policy.lists._reading import Reading, read
from leeward.engines.policy.lists._sniffing import NotAList, sniff
from leeward.engines.policy.lists._values import Fault, Format, Row

__all__ = [
    "MAX_LINE_BYTES",
    "Fault",
    "Format",
    "NotAList",
    "Reading",
    "Row",
    "chunks",
    "read",
    "read_folders",
    "sniff",
]
