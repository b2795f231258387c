"""Which names of services nobody may close: not a list, not a parent, not the operator by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from leeward.core import never
from leeward.engines import policy
from leeward.engines.policy import family
from leeward.helplines.directory.models import Contact, Service

KEEPER = "helplines"
# A hotline and the police are no secret of a child, and their sites are large.
_KINDS = (Service.Kind.HELPLINE, Service.Kind.CRISIS, Service.Kind.DIRECTORY)
_STATES = (Service.State.CHECKED, Service.State.STALE)


def name_of(address: str) -> str:
    """Return the name in a web address that is to stay open, without a leading `www`, or nothing where there is none.

    A helpline that lives inside an app or a large service, such as a page of a social network, opens nothing: that would
    take the whole service out of every parent's hands.
    """
    try:
        host = policy.normalise(urlsplit(address).hostname or "")
        name = policy.blockable(host.removeprefix("www."), never_block=frozenset())
    except (ValueError, policy.NotAHostName, policy.PublicSuffix):
        return ""
    large = family.catalogue().service_names()
    return "" if any(parent in large for parent in policy.suffixes(name)) else name


def keep() -> bool:
    """Keep open the names of the services as they stand, and return True where they are others than before."""
    return never.keep_open(_names(), keeper=KEEPER)


def _names() -> Iterator[str]:
    reached = Contact.objects.filter(kind__in=[Contact.Kind.WEB, Contact.Kind.CHAT])
    of_help = reached.filter(service__kind__in=_KINDS, service__state__in=_STATES)
    for address in of_help.values_list("value", flat=True):
        if name := name_of(address):
            yield name
