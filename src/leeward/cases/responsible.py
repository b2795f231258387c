"""The bodies that may be responsible, how each is reached, and the queues of this desk. For senior reviewers."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from leeward.cases import events, routing, services
from leeward.cases.models import Body, Case, Contact, Queue
from leeward.cases.states import UNDECIDED
from leeward.core import facts, webhooks
from leeward.core.models import Endpoint, Organisation, User

_KINDS = {
    Body.Kind.HOTLINE: Organisation.Kind.HOTLINE,
    Body.Kind.POLICE: Organisation.Kind.POLICE,
    Body.Kind.HELPLINE: Organisation.Kind.HELPLINE,
    Body.Kind.REGULATOR: Organisation.Kind.REGULATOR,
    Body.Kind.HOST: Organisation.Kind.PROVIDER,
    Body.Kind.DESK: Organisation.Kind.PROVIDER,
}
# 24 to 64 bytes, "Signature scheme" of the Standard Webhooks specification.
_SECRET_BYTES = 32
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class ConfirmedAlready(Exception):
    """Somebody confirmed this body already; nothing is left to do."""


class NotSafe(Exception):
    """What is sent must not be readable on its way: give an address that begins with https://."""


class QueueStays(Exception):
    """`triage` takes what no rule places and cannot be deleted, nor a queue in which cases wait or into which a rule sends."""


@dataclass(frozen=True)
class Profile:
    """What is known of a body."""

    name: str
    kind: Body.Kind
    jurisdiction: str
    responsible_for: Collection[str]
    never_for: Collection[str]
    page_url: str
    source: str


@transaction.atomic
def keep_body(slug: str, profile: Profile, *, by: User, at: datetime) -> Body:
    """Add a body, or change one, which then waits to be confirmed again."""
    routing.require_senior(by)
    values = {
        "name": profile.name,
        "kind": profile.kind,
        "jurisdiction": profile.jurisdiction,
        "responsible_for": sorted(profile.responsible_for),
        "never_for": sorted(profile.never_for),
        "page_url": profile.page_url,
        "source": profile.source,
        "as_of_date": at.date(),
        "confirmed_by": None,
        "confirmed_at": None,
    }
    body, _is_new = Body.objects.update_or_create(slug=slug, defaults=values)
    _changed(body, "profile", by=by, at=at)
    return body


@transaction.atomic
def confirm(body: Body, *, by: User, at: datetime) -> None:
    """Say that a body and its contacts were checked: from now on legs are sent there by themselves. Raises `ConfirmedAlready`."""
    routing.require_senior(by)
    if not Body.objects.filter(pk=body.pk, confirmed_at=None).update(confirmed_by=by, confirmed_at=at):
        raise ConfirmedAlready
    _changed(body, "confirmed", by=by, at=at)


@transaction.atomic
def add_mail(body: Body, *, mail: str, is_xarf: bool, natures: Collection[str], by: User, at: datetime) -> Contact:
    """Add an address to which letters go, with a XARF document where that has words for the matter."""
    transport = Contact.Transport.XARF if is_xarf else Contact.Transport.MAIL
    return _add(Contact(body=body, natures=sorted(natures), transport=transport, mail=mail), by=by, at=at)


@transaction.atomic
def add_task(body: Body, *, natures: Collection[str], by: User, at: datetime) -> Contact:
    """Say that a person hands it over, by whatever way the body wants."""
    return _add(Contact(body=body, natures=sorted(natures)), by=by, at=at)


@transaction.atomic
def add_webhook(body: Body, *, url: str, natures: Collection[str], by: User, at: datetime) -> tuple[Contact, str]:
    """Add a machine that takes legs, and return the secret with which its messages are signed: it is shown this once.

    Raises `NotSafe`.
    """
    routing.require_senior(by)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise NotSafe
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    organisation, _is_new = Organisation.objects.get_or_create(
        slug=f"body-{body.pk}", defaults={"name": body.name, "kind": _KINDS[Body.Kind(body.kind)]}
    )
    endpoint = webhooks.open_endpoint(organisation, url=url, secret=secret)
    row = Contact(body=body, natures=sorted(natures), transport=Contact.Transport.WEBHOOK, endpoint=endpoint)
    return _add(row, by=by, at=at), secret


def _add(contact: Contact, *, by: User, at: datetime) -> Contact:
    routing.require_senior(by)
    contact.save(force_insert=True)
    _unconfirmed(contact.body, "contact added", by=by, at=at)
    return contact


@transaction.atomic
def remove_contact(contact: Contact, *, by: User, at: datetime) -> None:
    """Remove a contact; what was to go there waits for a person."""
    routing.require_senior(by)
    body, endpoint = contact.body, contact.endpoint
    contact.delete()
    if endpoint is not None:
        Endpoint.objects.filter(pk=endpoint.pk).update(is_open=False)
    _unconfirmed(body, "contact removed", by=by, at=at)


def _unconfirmed(body: Body, change: str, *, by: User, at: datetime) -> None:
    Body.objects.filter(pk=body.pk).update(confirmed_by=None, confirmed_at=None)
    _changed(body, change, by=by, at=at)


def _changed(body: Body, change: str, *, by: User, at: datetime) -> None:
    facts.announce(events.BodyChanged(body.slug, change), actor=services.actor(by), at=at)


@transaction.atomic
def keep_queue(slug: str, title: str, *, by: User) -> Queue:
    """Add a queue, or give one another title."""
    routing.require_senior(by)
    return Queue.objects.update_or_create(slug=slug, defaults={"title": title})[0]


@transaction.atomic
def delete_queue(queue: Queue, *, by: User) -> None:
    """Delete a queue that nothing needs; raises `QueueStays`."""
    routing.require_senior(by)
    is_used = Case.objects.filter(queue=queue.slug, state__in=UNDECIDED).exists()
    if queue.slug == Queue.TRIAGE or is_used or any(rule.queue == queue.slug for rule in routing.live_rules()):
        raise QueueStays
    queue.delete()
