"""Plain lists: one name on each line. A star before it, as in lists for wildcards, means the same here."""

from collections.abc import Iterator

from leeward.engines.policy.lists._careful import PLAIN
from leeward.engines.policy.lists._hosts import is_address
from leeward.engines.policy.lists._values import NotAboutNames, Written


class Domains:
    """The grammar of plain lists."""

    plain = r"(?:\*?\.)?" + PLAIN + r"[ \t]?\r?"
    is_plain_now = True

    def names(self, line: str) -> Iterator[Written]:
        """Yield the name of a line, if it has one."""
        said = line.partition("#")[0].rstrip()
        name = said.lstrip()
        column = len(said) - len(name) + 1
        if is_address(name):
            raise NotAboutNames(
                column, "This is an address and no name, so it was left out; block it at the network's edge."
            )
        if name:
            yield Written(name, column)
