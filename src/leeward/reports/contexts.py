"""What a provider's own server knows of a reported item: sealed when it comes, opened for the desk only.

The provider sends it when the item is reported, or before; it belongs to every report of that item. Connection records say
who was behind an address at a time, so they are kept to the port and the second, and stand nowhere in the open.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from leeward.core import blobs, facts, signing
from leeward.core.models import Blob, Organisation
from leeward.reports import events
from leeward.reports.models import Context, Report

MEDIA_TYPE = "application/json"


class NotTheirs(Exception):
    """A report names a context that its item's provider has not added: send the numbers that this provider was given."""


@dataclass(frozen=True)
class Connection:
    """One line of a provider's log: who used an account, from where, when. `port` is None where the log does not have it."""

    ip: str
    port: int | None
    at: datetime
    event: str


@dataclass(frozen=True)
class Note:
    """One thing that a provider noted about a profile; `high_risk`: children may be in danger from it."""

    text: str
    high_risk: bool = False


@dataclass(frozen=True)
class Facts:
    """What is sealed together."""

    author_id: str = ""
    conversation_id: str = ""
    connections: Sequence[Connection] = ()
    profile_notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Content:
    """The reported thing itself, as it was."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Known:
    """What is known of a report beside its own words, opened. `content` stays sealed; `uid` is None where a mail said it."""

    added_at: datetime
    facts: Facts
    uid: uuid.UUID | None = None
    content: Blob | None = None

    @property
    def is_high_risk(self) -> bool:
        """True where a note says that children may be in danger."""
        return any(note.high_risk for note in self.facts.profile_notes)


def add(known: Facts, *, provider: Organisation, item_id: str, at: datetime, content: Content | None = None) -> Context:
    """Seal what a provider knows of its item and return where it lies; the same again adds nothing."""
    sealed = signing.canonical(_as_json(known))
    same = Context.objects.filter(provider=provider, item_id=item_id, facts__sha256=hashlib.sha256(sealed).hexdigest())
    digest = hashlib.sha256(content.data).hexdigest() if content else None
    if repeat := same.filter(content__sha256=digest).first() if content else same.filter(content=None).first():
        return repeat
    with transaction.atomic():
        context = Context.objects.create(
            provider=provider,
            item_id=item_id,
            facts=blobs.seal(sealed, media_type=MEDIA_TYPE, at=at),
            content=blobs.seal(content.data, media_type=content.media_type, at=at) if content else None,
            has_high_risk_notes=any(note.high_risk for note in known.profile_notes),
            added_at=at,
        )
        facts.announce(events.ContextAdded(str(context.uid)), actor=f"partner:{provider.slug}", at=at)
    return context


def seal(known: Facts, *, at: datetime) -> Blob:
    """Seal what came with a report itself, such as in a mail, for `of` to open."""
    return blobs.seal(signing.canonical(_as_json(known)), media_type=MEDIA_TYPE, at=at)


def checked(named: Iterable[uuid.UUID], *, provider: str) -> list[str]:
    """Return the numbers that a report names; raise `NotTheirs` where one is not of the item's provider.

    A number that nobody was given and one of another provider are refused alike, so that none tells of the other.
    """
    wanted = list(dict.fromkeys(named))
    if Context.objects.filter(uid__in=wanted, provider__slug=provider).count() != len(wanted):
        raise NotTheirs
    return [str(uid) for uid in wanted]


def of(report: Report) -> list[Known]:
    """Open everything that is known of a report: what its provider added about the item or was named, and what a mail said."""
    found = [read(context) for context in joined(report)]
    if sealed := report.surroundings.get("sealed"):
        blob = Blob.objects.get(uid=sealed)
        found.append(Known(added_at=blob.created_at, facts=_opened(blob)))
    return found


def joined(report: Report) -> QuerySet[Context]:
    """Return the contexts that belong to a report, oldest first, still sealed."""
    about = Q(uid__in=report.surroundings.get("context", []))
    if report.item_id:
        about |= Q(item_id=report.item_id)
    rows = Context.objects.filter(about, provider=report.provider_id) if report.provider_id else Context.objects.none()
    return rows.select_related("facts", "content").order_by("added_at", "pk")


def read(context: Context) -> Known:
    """Open one context."""
    return Known(context.added_at, _opened(context.facts), uid=context.uid, content=context.content)


def _as_json(known: Facts) -> dict[str, Any]:
    connections = [asdict(one) | {"at": one.at.isoformat()} for one in known.connections]
    return asdict(known) | {"connections": connections}


def _opened(blob: Blob) -> Facts:
    sealed = json.loads(blobs.unseal(blob))
    return Facts(
        author_id=sealed["author_id"],
        conversation_id=sealed["conversation_id"],
        connections=tuple(
            Connection(one["ip"], one["port"], datetime.fromisoformat(one["at"]), one["event"])
            for one in sealed["connections"]
        ),
        profile_notes=tuple(Note(note["text"], note["high_risk"]) for note in sealed["profile_notes"]),
    )
