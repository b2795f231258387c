"""Names that nobody closes: helplines, this site itself, and what the operator or a capability adds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.db import transaction

from leeward.core import config
from leeward.core.models import OpenName
from leeward.engines import policy

_FILE = Path(__file__).parent / "content" / "helplines.toml"


@dataclass(frozen=True, slots=True)
class Helpline:
    """One helpline's own site: `domain` is a normalised name; `source` says where it was read, on `read_on`."""

    domain: str
    organisation: str
    country: str
    source: str
    confidence: str
    read_on: date


@cache
def helplines() -> tuple[Helpline, ...]:
    """Return the helplines that are shipped, by country."""
    return tuple(Helpline(**row) for row in tomllib.loads(_FILE.read_text(encoding="utf-8"))["helpline"])


def names() -> frozenset[str]:
    """Return every name that nobody closes, normalised; what is below one is open, too. Asks the database once."""
    ours = (*config.current().network.never_block, *config.current().server.hosts)
    own = frozenset(policy.normalise(name) for name in ours if "." in name and not name.replace(".", "").isdecimal())
    return own | {helpline.domain for helpline in helplines()} | set(OpenName.objects.values_list("name", flat=True))


@transaction.atomic
def keep_open(wanted: Iterable[str], *, keeper: str) -> bool:
    """Let `keeper` keep exactly these normalised names open, and return True where they are others than before.

    Announce a fact after a change, so that whoever compiles looks again.
    """
    names, kept = set(wanted), OpenName.objects.filter(keeper=keeper)
    before = set(kept.values_list("name", flat=True))
    kept.filter(name__in=before - names).delete()
    OpenName.objects.bulk_create(
        (OpenName(name=name, keeper=keeper) for name in sorted(names - before)), ignore_conflicts=True
    )
    return names != before
