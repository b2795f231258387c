"""Trust issuers of proofs, follow lists of them, and take trust back. A list proposes and withdraws; only a person trusts."""

from __future__ import annotations

import functools
import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from leeward.age.issuers import certificates, fetching
from leeward.age.issuers.events import IssuerTrusted, IssuerWithdrawn
from leeward.age.issuers.models import Form, Issuer, IssuerList
from leeward.core import facts
from leeward.core.models import User
from leeward.engines import mdoc

log = logging.getLogger("leeward.age")

EVERY, RETRY = timedelta(days=1), timedelta(hours=1)
_STATE = Issuer.State


class IssuerMoved(Exception):
    """Somebody else decided about this issuer meanwhile: look at the page again."""


class FollowedAlready(Exception):
    """This list is followed already: look at it on the page."""


@transaction.atomic
def add(form: Form, pem: bytes, *, by: User, at: datetime) -> int:
    """Trust each issuer whose certificate is in the file, and return how many are new. Raises `NoCertificates`."""
    added = 0
    for found in certificates.read(pem):
        issuer = _issuer(form, found, state=_STATE.WAITING, source=None, at=at)
        if issuer.state != _STATE.TRUSTED:
            trust(issuer, by=by, at=at)
            added += 1
    return added


@transaction.atomic
def trust(issuer: Issuer, *, by: User, at: datetime) -> None:
    """Let an issuer's proofs count. Raises `IssuerMoved`."""
    waits = Issuer.objects.filter(pk=issuer.pk).exclude(state=_STATE.TRUSTED)
    if not waits.update(state=_STATE.TRUSTED, decided_by=by, decided_at=at):
        raise IssuerMoved
    facts.announce(IssuerTrusted(str(issuer.uid), issuer.fingerprint), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def withdraw(issuer: Issuer, *, by: User, at: datetime) -> None:
    """Let an issuer's proofs count no more, from the next one on. Raises `IssuerMoved`."""
    counts = Issuer.objects.filter(pk=issuer.pk).exclude(state=_STATE.WITHDRAWN)
    if not counts.update(state=_STATE.WITHDRAWN, decided_by=by, decided_at=at):
        raise IssuerMoved
    facts.announce(IssuerWithdrawn(str(issuer.uid), issuer.fingerprint), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def follow(form: Form, address: str, *, at: datetime) -> IssuerList:
    """Follow a list. What it gives waits for a person. Raises `FollowedAlready`."""
    try:
        with transaction.atomic():
            return IssuerList.objects.create(form=form, address=address, next_at=at)
    except IntegrityError:
        raise FollowedAlready from None


@transaction.atomic
def unfollow(source: IssuerList) -> None:
    """Ask a list no more. Issuers that a person trusted stay trusted."""
    Issuer.objects.filter(source=source, state=_STATE.WAITING).delete()
    source.delete()


def refresh(at: datetime) -> None:
    """Ask each list that is due."""
    for source in IssuerList.objects.filter(next_at__lte=at):
        try:
            found = certificates.read(fetching.fetch(source.address))
        except fetching.NotFetched as refused:
            _note_failure(source, refused.error, at=at)
        except certificates.NoCertificates:
            _note_failure(source, IssuerList.Error.NO_CERTIFICATES, at=at)
        else:
            take(source, found, at=at)


def _note_failure(source: IssuerList, error: IssuerList.Error, *, at: datetime) -> None:
    log.warning("list of issuers not fetched", extra={"task": f"issuers:{source.uid}", "error": error.value})
    IssuerList.objects.filter(pk=source.pk).update(error=error, next_at=at + RETRY)


@transaction.atomic
def take(source: IssuerList, found: list[certificates.Found], *, at: datetime) -> None:
    """Take what a list gives now: what is new waits for a person, and what is gone from it counts no more."""
    for one in found:
        issuer = _issuer(Form(source.form), one, state=_STATE.WAITING, source=source, at=at)
        # The list took it back once, and names it again: a person looks.
        Issuer.objects.filter(pk=issuer.pk, state=_STATE.WITHDRAWN, decided_by=None).update(state=_STATE.WAITING)
    gone = source.issuers.exclude(state=_STATE.WITHDRAWN).exclude(fingerprint__in=[one.fingerprint for one in found])
    for issuer in gone:
        still = Issuer.objects.filter(pk=issuer.pk, state=issuer.state)
        if still.update(state=_STATE.WITHDRAWN, decided_by=None, decided_at=at):
            facts.announce(IssuerWithdrawn(str(issuer.uid), issuer.fingerprint), actor="system", at=at)
    IssuerList.objects.filter(pk=source.pk).update(error="", fetched_at=at, next_at=at + EVERY)


def _issuer(
    form: Form, found: certificates.Found, *, state: Issuer.State, source: IssuerList | None, at: datetime
) -> Issuer:
    fields = {
        "name": found.name,
        "certificate": found.der,
        "valid_until": found.valid_until,
        "state": state,
        "source": source,
        "added_at": at,
    }
    return Issuer.objects.get_or_create(form=form, fingerprint=found.fingerprint, defaults=fields)[0]


def certificates_of(form: Form) -> tuple[bytes, ...]:
    """Return the certificates whose proofs count, as DER."""
    trusted = Issuer.objects.filter(form=form, state=_STATE.TRUSTED).order_by("fingerprint")
    return tuple(bytes(der) for der in trusted.values_list("certificate", flat=True))


def trusted() -> mdoc.Trust:
    """Return whose mobile documents count at this moment."""
    return _trust(certificates_of(Form.MDOC))


@functools.lru_cache(maxsize=1)
def _trust(anchors: tuple[bytes, ...]) -> mdoc.Trust:
    # Signers that were checked are remembered for as long as the same issuers are trusted.
    return mdoc.Trust(anchors)
