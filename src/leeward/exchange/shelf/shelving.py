"""Write down what is served: every change of our signs as one version, signed, in the octets that each partner is given.

Only changes that have their position are taken, so the time of addition comes from the sequencer. A time that is given at
the insert would let a version that is committed late appear before the mark of a partner who has read on already.

This is also where a sign is asked for the first time whether it may travel. What is marked RED or AMBER+STRICT and what has no
form in STIX is never written here. What a partner told us has versions of its own, in the octets that it signed: only the
origin can sign and withdraw that, and a marking that lets others have it is asked for at the intake.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Min
from prometheus_client import Counter

from leeward.core import config, following, signing, wakeups
from leeward.engines import stix
from leeward.exchange import mapping
from leeward.exchange.shelf import passing
from leeward.exchange.shelf.models import Shelved, Version
from leeward.exchange.shelf.places import SHELF
from leeward.indicators.models import Change, Stamped, stamped

BATCH = 1000
AT_A_READ = 10_000  # Changes that one reader waits for at most; the worker writes the others.
# Of a record only its place and time are read; the rest would be decoded again for every one of its changes.
_NOT_READ = ("record__kind", "record__facts", "record__actor", "record__at", "record__chain")
_PARTNERS = "partner:"
_KINDS = frozenset(kind.value for kind in stix.Kind)

log = logging.getLogger("leeward.exchange")
withheld = Counter("leeward_exchange_withheld_total", "Changes kept out of an answer to a partner", ["reason"])


def catch_up(*, most: int | None = None) -> int:
    """Write the versions of up to `most` changes that the log is ahead, and return how many changes were looked at.

    Harmless to repeat and with two at once: one of them waits and goes on where the other one ended.
    """
    seen = 0
    while following.head() > _position() and (most is None or seen < most):
        looked_at = _write_batch(BATCH if most is None else min(BATCH, most - seen))
        seen += looked_at
    return seen


def follow(at: datetime) -> None:
    """Catch up; a chore of the clock, for the time in which nobody reads."""
    del at  # The times of the versions are those of the log.
    catch_up()


def _position() -> int:
    return Shelved.objects.filter(pk=1).values_list("position", flat=True).first() or 0


@transaction.atomic
def _write_batch(most: int) -> int:
    Shelved.objects.get_or_create(pk=1)
    shelved = Shelved.objects.select_for_update().get(pk=1)
    # Asked before the changes: what is stamped after this is left for the next round.
    head = following.head()
    rows = list(stamped(Change.objects.since(shelved.position).defer(*_NOT_READ)[:most]))
    rows = [row for row in rows if row.position <= head]
    end = rows[-1].position if len(rows) == most else head
    passed_on = passing.versions(after=shelved.position, end=end)
    Version.objects.bulk_create([*_versions(rows), *passed_on], batch_size=BATCH)
    shelved.position = end
    shelved.save(update_fields=["position"])
    if rows or passed_on:
        wakeups.ring()
    return len(rows)


def _versions(rows: Sequence[Stamped]) -> list[Version]:
    may_travel = [row for row in rows if _may_travel(row)]
    withheld.labels("rule").inc(len(rows) - len(may_travel))
    first_at = _first_times(may_travel)
    creator, key = mapping.site_uid(config.current().server.site_url), signing.signing_keys()[0]
    versions = []
    for row in may_travel:
        try:
            known = stix.sign_object(mapping.known(row, created_by=creator), sign=key.private.sign, kid=key.kid)
        except stix.NotASign as fault:
            # One sign that does not fit into STIX must not keep all the others from partners.
            withheld.labels("form").inc()
            log.warning("sign %s cannot be shared; correct it: %s", row.indicator.uid, fault)
            continue
        versions.append(_version(row, known, first_at=first_at.setdefault(str(known["id"]), row.added_at)))
    return versions


def _may_travel(row: Stamped) -> bool:
    sign = row.indicator
    return sign.tlp in mapping.SHARED_TLP and sign.kind in _KINDS and not sign.source.startswith(_PARTNERS)


def _first_times(rows: Sequence[Stamped]) -> dict[str, datetime]:
    """Return when the first version was added of those objects that have one already."""
    ended = [f"indicator--{row.indicator.uid}" for row in rows if row.op != Change.Op.PUBLISH]
    if not ended:
        return {}
    known = Version.objects.filter(object_id__in=ended).values_list("object_id").annotate(first=Min("first_at"))
    return dict(known)


def _version(row: Stamped, known: dict[str, object], *, first_at: datetime) -> Version:
    return Version(
        place=SHELF + row.position,
        added_at=row.added_at,
        first_at=first_at,
        object_id=str(known["id"]),
        object_type=str(known["type"]),
        version_at=stix.taxii.parse_timestamp(str(known["modified"])),
        op=row.op,
        kind=row.indicator.kind,
        category=row.indicator.category,
        tlp=row.indicator.tlp,
        jurisdictions=mapping.jurisdictions(row.indicator.legality),
        body=json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode(),
        is_revoked=row.op != Change.Op.PUBLISH,
    )
