"""What partners say about signs: they saw it, or they do not believe it. Enough doubt puts a partner's sign back to wait.

A word about a sign of ours is kept for our own people; a word about another partner's sign counts as that partner's doubt.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.core import config, facts, outbox, signing, webhooks
from leeward.engines import stix
from leeward.exchange import events, mapping
from leeward.exchange.intake.models import Disagreement, Feedback, Received
from leeward.exchange.partners import their_door
from leeward.exchange.partners.models import Partner
from leeward.indicators import services as indicators
from leeward.indicators.models import Indicator

# Servers that take nothing from us say it in one of these ways; nobody needs Leeward to take part.
_TAKES_NOTHING = frozenset({403, 404, 405, 406, 415, 501})


def hear(feedback: stix.Feedback, *, by: Partner, at: datetime) -> str:
    """Keep what a partner said about a sign and return a short code of whose sign it is about."""
    about = Received.objects.filter(object_id=feedback.object_id).exclude(partner=by).select_related("partner").first()
    if about is not None:
        is_against = feedback.kind == stix.FeedbackKind.OPINION and not feedback.head.revoked
        if is_against:
            disagree(about, by=by, code=feedback.explanation_code, at=at)
        else:
            about.disagreements.filter(partner=by, at__lte=at).delete()
        return "about_theirs"
    ours = Indicator.objects.filter(uid=uuid.UUID(feedback.object_id.partition("--")[2]))
    if not ours.exclude(source__startswith="partner:").exists():
        return "about_nothing"
    _keep(feedback, by=by)
    return "about_ours"


def _keep(feedback: stix.Feedback, *, by: Partner) -> None:
    """Keep the newest word of a partner about one of our signs; one that it took back is kept as said by nobody."""
    is_seen = feedback.kind == stix.FeedbackKind.SIGHTING
    kind = Feedback.Kind.SEEN if is_seen else Feedback.Kind.DISAGREES
    is_against = feedback.kind == stix.FeedbackKind.OPINION
    count = 0 if feedback.head.revoked else feedback.count if is_seen else int(is_against)
    said = {"count": count, "code": feedback.explanation_code, "version_at": feedback.modified}
    row, is_new = Feedback.objects.get_or_create(partner=by, object_id=feedback.object_id, kind=kind, defaults=said)
    if not is_new:
        Feedback.objects.filter(pk=row.pk, version_at__lt=feedback.modified).update(**said)


@transaction.atomic
def disagree(received: Received, *, by: Partner, code: str, at: datetime) -> None:
    """Note that another partner does not believe a sign; enough of them let it wait for a person and tell its publisher.

    Each partner counts once, and only doubts that are newer than what a person here decided.
    """
    if by.pk == received.partner_id:
        return
    Disagreement.objects.update_or_create(received=received, partner=by, defaults={"code": code, "at": at})
    doubts = received.disagreements.filter(partner__state=Partner.State.ACTIVE)
    if received.decided_at is not None:
        doubts = doubts.filter(at__gt=received.decided_at)
    count = doubts.count()
    if count >= config.current().exchange.doubts_enough:
        _put_back(received, count=count, at=at)


def _put_back(received: Received, *, count: int, at: datetime) -> None:
    moved = Received.objects.filter(pk=received.pk, state=Received.State.ACTIVE).update(
        state=Received.State.QUARANTINE, reason=Received.Reason.DOUBTED, before=""
    )
    if not moved:
        return
    indicators.revoke(source=received.source, actor="system", at=at)
    told = {"received_uid": str(received.uid)}
    outbox.owe([outbox.Owed(tell_publisher, told, f"opinions:{received.partner.uid}")], at=at)
    facts.announce(events.SignDoubted(str(received.uid), count), actor="system", at=at)


@task
def tell_publisher(received_uid: str) -> None:
    """Tell the publisher of a doubted sign that we disagree, as a signed opinion. A server that takes nothing is left in peace."""
    received = Received.objects.select_related("partner__organisation").get(uid=received_uid)
    partner = received.partner
    if not partner.is_active or not partner.url or received.reason != Received.Reason.DOUBTED:
        return
    status = their_door.tell(partner, "objects/", {"objects": [_opinion(received, at=timezone.now())]})
    if not 200 <= status < 300 and status not in _TAKES_NOTHING:
        raise webhooks.NotTaken(f"status {status}", code=f"HTTP {status}")


def _opinion(received: Received, *, at: datetime) -> dict[str, object]:
    """Return our opinion, under the same id each time, so that a second try is no second opinion."""
    creator = mapping.site_uid(config.current().server.site_url)
    head = stix.Head(
        uid=uuid.uuid5(received.uid, "doubt"), created_by=creator, created=at, modified=at, tlp=stix.Tlp.AMBER
    )
    known = stix.opinion(head, about=received.object_id, code=stix.Explanation.OTHER)
    key = signing.signing_keys()[0]
    return stix.sign_object(known, sign=key.private.sign, kid=key.kid)
