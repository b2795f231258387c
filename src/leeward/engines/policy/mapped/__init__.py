"""The compiled tables of the family plane: one writer, any number of readers, in Python and in the resolver's script.

The files are described octet by octet in `FORMAT.md` and in `_layout`. `_build` writes whole tables, `_tables` and
`_writer` change them in place, `_weeks` bakes windows, `_hot` is the compiled way through a question, `_reader` the
Python face of it. `family.decide` is the slow, obvious reference that the answers are equal to.
"""

from ._keys import NotListable
from ._reader import RULES, BadWire, Family
from ._writer import IdentityRefused, ProfileMissing, Writer, write_names

__all__ = ["RULES", "BadWire", "Family", "IdentityRefused", "NotListable", "ProfileMissing", "Writer", "write_names"]
