"""Which host names are kept away, why, and since which change: one writer, many readers, one mapped file.

The values are in `_entries`, the rules for names in `_names`, the file format in `_table`, and the two
ends of the file in `_writer` and `_reader`. `_reference` is the slow, obvious model they are tested against. What the data
planes count is in `counted`.
"""

from ._entries import ALLOWED, Entry, Reason, Verdict
from ._names import (
    NeverBlocked,
    NotAHostName,
    PublicSuffix,
    blockable,
    is_protected,
    is_public_suffix,
    normalise,
    suffixes,
)
from ._reader import Reader
from ._table import BadTable, TableMissing
from ._writer import PositionWentBack, TableBusy, Writer

__all__ = [
    "ALLOWED",
    "BadTable",
    "Entry",
    "NeverBlocked",
    "NotAHostName",
    "PositionWentBack",
    "PublicSuffix",
    "Reader",
    "Reason",
    "TableBusy",
    "TableMissing",
    "Verdict",
    "Writer",
    "blockable",
    "is_protected",
    "is_public_suffix",
    "normalise",
    "suffixes",
]
