"""The other bell: a signed webhook to partners' own systems, durable and at least once. Many changes are one ring."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.core import outbox, wakeups, webhooks, worker
from leeward.core.models import Delivery, Endpoint, Record
from leeward.exchange.bells import services as bells
from leeward.exchange.bells.models import Rung
from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf import shelving
from leeward.exchange.taxii.api import COLLECTION_ID

KIND = "exchange.changed"
LANE = "bells"
# The sequencer gives positions within some hundredths of a second; where it stands still, so does the bell.
_UNSTAMPED_WAIT_S = 0.1
_NEWS = ("indicators.IndicatorsPublished", "indicators.IndicatorsRevoked", "indicators.IndicatorsExpired")


@task
def ring_systems() -> None:
    """Owe each partner's own systems a ring for what was announced, once it has its place and so can be read."""
    if Delivery.objects.filter(lane=LANE, state=Delivery.State.OWED).exists():
        return  # The one behind this one does it for both.
    _owe_rings()
    if Record.objects.filter(position=None, kind__in=_NEWS).exists():
        raise worker.Later(wait_s=_UNSTAMPED_WAIT_S)


@transaction.atomic
def _owe_rings() -> None:
    """Owe a ring to every system that has none waiting: one that has not begun yet will tell of this, too."""
    endpoints = Endpoint.objects.filter(is_open=True, organisation__partner__state=Partner.State.ACTIVE)
    owed = [
        outbox.Owed(ring_system, {"endpoint_uid": str(uid)}, lane)
        for uid in endpoints.values_list("uid", flat=True)
        if not Delivery.objects.filter(lane=(lane := f"bell:{uid}"), state=Delivery.State.OWED).exists()
    ]
    outbox.owe(owed, at=timezone.now())
    wakeups.ring()


@task
def ring_system(endpoint_uid: str) -> None:
    """Tell one system of a partner that there is something newer for it than the last ring said; else nothing."""
    endpoint = Endpoint.objects.select_related("organisation__partner").get(uid=endpoint_uid)
    partner: Partner = endpoint.organisation.partner
    if not (endpoint.is_open and partner.is_active):
        return
    shelving.catch_up()
    rung, _ = Rung.objects.get_or_create(endpoint=endpoint)
    ring = bells.newest(partner, after=rung.place)
    if ring is None:
        return
    # The same ring that comes twice has the same id, and says nothing of how many others there were.
    name = hashlib.sha256(f"{endpoint_uid} {ring.place}".encode()).hexdigest()[:32]
    webhooks.send(endpoint, message_id=f"bell-{name}", kind=KIND, data=ring.data(COLLECTION_ID), at=timezone.now())
    Rung.objects.filter(endpoint=endpoint, place__lt=ring.place).update(place=ring.place)
