"""Configuration of dnsmasq: `address=/name/`, `local=/name/`, `server=/name/`. Source: dnsmasq(8), 2.90."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from leeward.engines.policy.lists._careful import PLAIN
from leeward.engines.policy.lists._hosts import is_address, leads_nowhere
from leeward.engines.policy.lists._values import NotAboutNames, Refused, Written

_OPTION: Final = re.compile(r"[ \t]*(?:(address)|local|server)[ \t]*=[ \t]*/(.*)/([^/]*)")
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_STANDARD: Final = "#"  # As a server: the usual ones, so an exception. As an address: none.


class Dnsmasq:
    """The grammar of dnsmasq's configuration."""

    plain = r"(?:(a)ddress|local|server)=/" + PLAIN + r"/(?(1)(?:0\.0\.0\.0|::|#)?)\r?"
    is_plain_now = True

    def names(self, line: str) -> Iterator[Written]:
        """Yield the names between the slashes."""
        said = _COMMENT.sub("", line).rstrip()
        if not said:
            return
        option = _OPTION.fullmatch(said)
        if not option:
            what = "The option is not about names that are closed, so it was left out; write local=/name/ for those."
            raise NotAboutNames(len(said) - len(said.lstrip()) + 1, what)
        resets = _resets(option)
        column = option.start(2) + 1
        for name in option[2].split("/"):
            if name in ("", _STANDARD):
                raise Refused(column, "This stands for every name there is; write the names that are meant.")
            yield Written(name, column, resets=resets)
            column += len(name) + 1


def _resets(option: re.Match[str]) -> bool:
    is_address_option, target = bool(option[1]), option[3].strip()
    if is_address_option and (target in ("", _STANDARD) or (is_address(target) and _is_nowhere(target))):
        return False
    if not is_address_option and target in ("", _STANDARD):
        return target == _STANDARD
    what = "The option leads names elsewhere instead of closing them, so it was left out."
    raise NotAboutNames(option.start(3) + 1, what)


def _is_nowhere(target: str) -> bool:
    return leads_nowhere(ipaddress.ip_address(target))
