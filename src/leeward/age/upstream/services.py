"""What can be done with services that are asked: set one up, switch it, send a visitor there, and judge what came back."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from leeward.age import attempts
from leeward.age.levels import Level
from leeward.age.methods.protocol import Again
from leeward.age.models import AgeTransaction
from leeward.age.upstream import camara, claims, events, memory, oidc
from leeward.age.upstream.choices import Reading, Service, SignIn
from leeward.age.upstream.memory import Memory
from leeward.age.upstream.models import Provider
from leeward.age.upstream.refusing import Refused
from leeward.core import config, facts

DECLINED = "upstream_declined"


class SwitchedAlready(Exception):
    """Somebody switched it meanwhile: look at the page again."""


@dataclass(frozen=True)
class ProviderDraft:
    """What the operator says of a service. An empty `secret` leaves the one that is there; one that is not needed is erased."""

    service: Service
    name: str
    issuer: str
    client_id: str
    secret: str
    scopes: str
    level: Level
    claim: str = ""
    reading: str = ""
    api: str = ""
    sign_in: SignIn = SignIn.SECRET


@dataclass(frozen=True)
class Returned:
    """What a visitor brings back from a service, as it stands in the address."""

    state: str
    code: str = ""
    issuer: str = ""
    error: str = ""


def set_up(draft: ProviderDraft, *, actor: str, at: datetime) -> Provider:
    """Set a service up and switch it on. It is asked for its doors first; raises `Refused` where it gives none."""
    doors = oidc.discover(draft.issuer, sign_in=draft.sign_in)
    said = dataclasses.asdict(draft) | dataclasses.asdict(doors)
    if draft.sign_in == SignIn.SIGNED:
        said["secret"] = ""
    elif not draft.secret:
        del said["secret"]
    return _kept(said, actor=actor, at=at)


@transaction.atomic
def _kept(said: dict[str, object], *, actor: str, at: datetime) -> Provider:
    values = said | {"is_open": True, "set_at": at}
    provider, _is_new = Provider.objects.update_or_create(service=values.pop("service"), defaults=values)
    facts.announce(events.ProviderSet(provider.service, provider.issuer), actor=actor, at=at)
    return provider


@transaction.atomic
def switch(provider: Provider, *, is_open: bool, actor: str, at: datetime) -> None:
    """Offer a service to visitors, or no more; raises `SwitchedAlready`."""
    if not Provider.objects.filter(pk=provider.pk, is_open=not is_open).update(is_open=is_open):
        raise SwitchedAlready
    facts.announce(events.ProviderSwitched(provider.service, is_open), actor=actor, at=at)


def back() -> str:
    """Return the one address to which every visitor comes back; it is registered at the service word by word."""
    return config.current().server.site_url + reverse("age_upstream:back")


def keys() -> str:
    """Return the address of the key with which we sign in where no secret is taken."""
    return config.current().server.site_url + reverse("age_upstream:keys")


def link(provider: Provider, attempt: AgeTransaction) -> str:
    """Return the address at the service to which the visitor of an attempt goes."""
    visit = memory.begun(attempt)
    claim = claims.name(provider.claim, wanted=attempts.wanted(attempt.requirement))
    return oidc.link(provider, state=visit.state, nonce=visit.nonce, verifier=visit.verifier, back=back(), claim=claim)


def receive(attempt: AgeTransaction, returned: Returned, *, at: datetime) -> None:
    """Judge what a visitor brings back, once, and end the attempt by it. Raises `memory.NotAsked`.

    Other servers are called here, so it is no one transaction: each step is its own, and a state is used up first.
    """
    visit = memory.take(attempt, returned.state)
    try:
        came = _judged(attempt, visit, returned, at=at)
    except Refused as refused:
        came = dataclasses.replace(visit, refused=refused.code)
    memory.finish(attempt, came)
    # Where the attempt is over, or another visit was begun meanwhile, the page says what there is to do.
    with suppress(attempts.AttemptOver, Again):
        attempts.answer(attempt, {}, at=at)


def _judged(attempt: AgeTransaction, visit: Memory, returned: Returned, *, at: datetime) -> Memory:
    provider = Provider.objects.filter(service=attempt.method, is_open=True).first()
    if provider is None:
        raise Refused("upstream_switched_off")
    # RFC 9207, 2.4: whoever else could have sent the visitor back does not know our issuer's name for certain.
    if returned.issuer != provider.issuer and (returned.issuer or provider.names_itself):
        raise Refused("upstream_other_issuer")
    if returned.error or not returned.code:
        raise Refused(DECLINED)
    tokens = oidc.exchange(provider, returned.code, nonce=visit.nonce, verifier=visit.verifier, back=back(), at=at)
    wanted = attempts.wanted(attempt.requirement)
    if provider.service == Service.CARRIER:
        said = camara.ask(provider, access=tokens.access, age=wanted)
        return dataclasses.replace(visit, over={str(wanted): said.is_over}, level=said.level)
    known = dict(tokens.id_claims)
    if claims.name(provider.claim, wanted=wanted) not in known and provider.people_at:
        known = oidc.of_person(provider, tokens)
    over = claims.over(known, provider.claim, Reading(provider.reading), wanted=wanted, today=at.date())
    if not over:
        raise Refused("upstream_cannot_tell")
    return dataclasses.replace(visit, over={str(age): is_over for age, is_over in over.items()}, level=provider.level)
