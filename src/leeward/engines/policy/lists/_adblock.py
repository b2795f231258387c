"""Adblock lists: `||name^` closes a name and all below, `@@||name^` makes an exception; all else is about parts of pages."""

import re
from collections.abc import Iterator
from typing import Final

from leeward.engines.policy.lists._careful import PLAIN
from leeward.engines.policy.lists._hosts import is_address
from leeward.engines.policy.lists._values import NotAboutNames, Written

_ABOUT_A_NAME: Final = re.compile(r"(@@)?\|\|([^/^$|]+)\^")
_COMMENT: Final = re.compile(r"[!\[]|#(?![#@?$%])")  # `##`, `#@#`, `#?#`, `#$#` and `#%#` begin rules about elements.


class Adblock:
    """The grammar of adblock lists."""

    plain = r"\|\|" + PLAIN + r"\^\r?"
    is_plain_now = True

    def names(self, line: str) -> Iterator[Written]:
        """Yield the name of a rule that is about a whole name."""
        rule = line.strip()
        if not rule or _COMMENT.match(rule):
            return
        column = len(line) - len(line.lstrip()) + 1
        found = _ABOUT_A_NAME.fullmatch(rule)
        if not found or is_address(found[2]) or "*" in found[2].removeprefix("*."):
            what = "The rule is not about one whole name, so it was left out; write ||name^ if a name is meant."
            raise NotAboutNames(column, what)
        yield Written(found[2], column + found.start(2), resets=bool(found[1]))
