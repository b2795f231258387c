"""Partners: invite, accept, suspend, resume and end them, trust them for a category, and pin the keys by which they sign.

Only an active partner sees or tells anything: every door and every pull asks here first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from leeward.core import facts, machines
from leeward.core.models import ApiKey, Organisation, User
from leeward.exchange import events
from leeward.exchange.partners import jwk as jwks
from leeward.exchange.partners.models import CODE_MAX, RATE_PER_MINUTE, TRUSTED, FormerStanding, Partner, PartnerKey

_State = Partner.State
# A partner that asks ten times a second must not cost ten writes a second.
_NOTED_EVERY = timedelta(minutes=1)
_SYSTEM = "system"


class WrongState(Exception):
    """The partner is not in a state in which this can be done: somebody else was faster. Look at its page again."""


class AlreadyPartner(Exception):
    """The organisation is a partner already: open its page instead of inviting it again."""


class AlreadyPinned(Exception):
    """This key is pinned already, here or for another partner, or was withdrawn: ask the partner for a new one."""


@dataclass(frozen=True)
class PartnerDraft:
    """What an operator writes down about a partner.

    `jurisdictions` are ISO 3166-1 codes; `url` is their TAXII api root, blank where they only read from us; `credentials` are
    ours there, as `name:password` or as one token.
    """

    group: Partner.Group
    purpose: Partner.Purpose = Partner.Purpose.PROTECT
    jurisdictions: tuple[str, ...] = ()
    identity_uid: UUID | None = None
    url: str = ""
    collection: str = ""
    credentials: str = ""
    rate_per_minute: int = RATE_PER_MINUTE

    def as_fields(self) -> dict[str, object]:
        """Return the columns of `Partner` that it fills."""
        return {
            "group": self.group,
            "purpose": self.purpose,
            "jurisdictions": sorted(set(self.jurisdictions)),
            "identity_uid": self.identity_uid,
            "url": self.url,
            "collection": self.collection,
            "sealed_key": self.credentials,
            "rate_per_minute": self.rate_per_minute,
        }


def active(organisation: Organisation) -> Partner | None:
    """Return the partner that this organisation is now. None may see nothing and tell nothing."""
    found = Partner.objects.filter(organisation=organisation, state=_State.ACTIVE)
    # Our credentials there are opened by whoever goes there, and not at each request that comes from there.
    partner = found.defer("sealed_key").first()
    if partner is not None:
        partner.organisation = organisation
    return partner


def credentials_of(partner: Partner) -> str:
    """Return our credentials at the partner: `name:password`, one token, or blank where they gave us none."""
    return str(partner.sealed_key)


@transaction.atomic
def invite(organisation: Organisation, draft: PartnerDraft, *, by: User, at: datetime) -> Partner:
    """Invite an organisation, a new one too; nothing is exchanged until `accept`. Raises `AlreadyPartner`.

    One that was ended comes back as if it was new: trust in it begins at nothing, its withdrawn keys stay withdrawn.
    """
    if organisation.pk is None:
        organisation.save()
    fields = draft.as_fields() | {"state": _State.INVITED, "created_at": at, "trust": {}, "mark": "", "position": 0}
    if not Partner.objects.filter(organisation=organisation, state=_State.ENDED).update(**fields):
        if Partner.objects.filter(organisation=organisation).exists():
            raise AlreadyPartner(organisation.slug)
        Partner.objects.create(organisation=organisation, **fields)
    partner = Partner.objects.select_related("organisation").get(organisation=organisation)
    facts.announce(events.PartnerInvited(str(partner.uid)), actor=_actor(by), at=at)
    return partner


@transaction.atomic
def change(partner: Partner, draft: PartnerDraft, *, by: User, at: datetime) -> None:
    """Correct what is known of a partner. Credentials that the draft leaves blank stay as they are."""
    held = Partner.objects.select_for_update().exclude(state=_State.ENDED).filter(pk=partner.pk).first()
    if held is None:
        raise WrongState(partner.organisation.slug)
    fields = draft.as_fields()
    if not draft.credentials:
        del fields["sealed_key"]
    _remember_standing(held, fields, at=at)
    if (draft.url, draft.collection) != (held.url, held.collection):
        # Another place counts its additions for itself, so it is read from the beginning.
        fields |= {"mark": "", "position": 0}
    Partner.objects.filter(pk=partner.pk).update(**fields)
    partner.refresh_from_db()
    facts.announce(events.PartnerChanged(str(partner.uid)), actor=_actor(by), at=at)


def _remember_standing(held: Partner, fields: Mapping[str, object], *, at: datetime) -> None:
    stood = {name: getattr(held, name) for name in ("group", "purpose", "jurisdictions")}
    if any(fields[name] != was for name, was in stood.items()):
        FormerStanding.objects.create(partner=held, until_at=at, **stood)


@transaction.atomic
def accept(partner: Partner, *, by: User, at: datetime) -> None:
    """Let an invited partner take part: somebody there answered and the keys were compared. Raises `WrongState`."""
    _move(partner, _State.INVITED, to=_State.ACTIVE)
    facts.announce(events.PartnerAccepted(str(partner.uid)), actor=_actor(by), at=at)


@transaction.atomic
def suspend(partner: Partner, *, by: User, at: datetime) -> None:
    """Exchange nothing with a partner for now, in either direction. `resume` takes it back. Raises `WrongState`."""
    _move(partner, _State.ACTIVE, to=_State.SUSPENDED, suspended_at=at)
    facts.announce(events.PartnerSuspended(str(partner.uid)), actor=_actor(by), at=at)


@transaction.atomic
def resume(partner: Partner, *, by: User, at: datetime) -> None:
    """Take a suspension back. Raises `WrongState`."""
    _move(partner, _State.SUSPENDED, to=_State.ACTIVE)
    facts.announce(events.PartnerResumed(str(partner.uid)), actor=_actor(by), at=at)


@transaction.atomic
def end(partner: Partner, *, by: User, at: datetime) -> None:
    """End a partnership, whatever its state: every key of theirs and our credentials there are gone. Raises `WrongState`."""
    _move(partner, _State.INVITED, _State.ACTIVE, _State.SUSPENDED, to=_State.ENDED)
    Partner.objects.filter(pk=partner.pk).update(sealed_key="")
    partner.refresh_from_db()
    _revoke_door_keys(partner, at=at)
    partner.keys.filter(withdrawn_at=None).update(withdrawn_at=at)
    facts.announce(events.PartnerEnded(str(partner.uid)), actor=_actor(by), at=at)


@transaction.atomic
def take_part(organisation: Organisation, *, at: datetime, group: str = Partner.Group.PROVIDERS) -> Partner:
    """Make an organisation an active partner at once, with no invitation: for the command line, demos and tests."""
    partner, is_new = Partner.objects.get_or_create(
        organisation=organisation, defaults={"group": Partner.Group(group), "state": _State.ACTIVE, "created_at": at}
    )
    partner.organisation = organisation
    if not is_new and partner.is_active:
        return partner
    Partner.objects.filter(pk=partner.pk).update(state=_State.ACTIVE, suspended_at=None)
    partner.refresh_from_db(fields=["state", "suspended_at"])
    facts.announce(events.PartnerAccepted(str(partner.uid)), actor=_SYSTEM, at=at)
    return partner


@transaction.atomic
def set_trust(partner: Partner, category: str, auto: bool, *, by: User, at: datetime) -> None:
    """Let what a partner tells of a category start to protect by itself, or wait for a person again."""
    held = Partner.objects.select_for_update().exclude(state=_State.ENDED).filter(pk=partner.pk).first()
    if held is None:
        raise WrongState(partner.organisation.slug)
    trust = {known: value for known, value in held.trust.items() if known != category}
    partner.trust = trust | ({category: TRUSTED} if auto else {})
    Partner.objects.filter(pk=partner.pk).update(trust=partner.trust)
    facts.announce(events.PartnerTrustChanged(str(partner.uid), category, auto), actor=_actor(by), at=at)


@transaction.atomic
def make_door_key(partner: Partner, *, by: User, at: datetime) -> str:
    """Make the key by which a partner reads from us and return its text, which is not kept. Its older keys open nothing more."""
    if partner.state == _State.ENDED:
        raise WrongState(partner.organisation.slug)
    _revoke_door_keys(partner, at=at)
    text = machines.make_key(partner.organisation, scopes=[ApiKey.Scope.EXCHANGE], at=at)
    facts.announce(events.PartnerDoorKeyMade(str(partner.uid)), actor=_actor(by), at=at)
    return text


@transaction.atomic
def pin_key(
    partner: Partner, jwk: Mapping[str, object], *, valid_until: datetime | None, by: User, at: datetime
) -> PartnerKey:
    """Believe what this key signs as the partner's own word. Raises `jwk.NotAKey` and `AlreadyPinned`.

    Only for a key whose fingerprint two people compared: whoever can pin can speak for the partner.
    """
    key = jwks.parse(jwk)
    if partner.state == _State.ENDED:
        raise WrongState(partner.organisation.slug)
    try:
        with transaction.atomic():
            pinned = PartnerKey.objects.create(
                partner=partner,
                kid=key.kid,
                x=key.x,
                thumbprint=key.thumbprint,
                valid_from=at,
                valid_until=valid_until,
            )
    except IntegrityError:
        raise AlreadyPinned(key.kid) from None
    facts.announce(events.PartnerKeyPinned(str(partner.uid), pinned.pk), actor=_actor(by), at=at)
    return pinned


@transaction.atomic
def pin_keys(
    partner: Partner, keys: Sequence[Mapping[str, object]], *, valid_until: datetime | None, by: User, at: datetime
) -> list[PartnerKey]:
    """Pin every key of a set, or none of them; as `pin_key`."""
    return [pin_key(partner, key, valid_until=valid_until, by=by, at=at) for key in keys]


@transaction.atomic
def withdraw_key(key: PartnerKey, *, by: User, at: datetime) -> None:
    """Believe a key no more, from now on. It cannot be pinned again. Raises `WrongState` where that was done already."""
    if not PartnerKey.objects.filter(pk=key.pk, withdrawn_at=None).update(withdrawn_at=at):
        raise WrongState(str(key.pk))
    key.refresh_from_db()
    facts.announce(events.PartnerKeyWithdrawn(str(key.partner.uid), key.pk), actor=_actor(by), at=at)


def keys_at(partner: Partner, *, at: datetime) -> dict[str, bytes]:
    """Return the keys that count at a moment, as 32 raw octets of Ed25519 by their `kid`."""
    return {key.kid: jwks.octets(key.x) for key in partner.keys.good_at(at)}


def contact(partner: Partner, *, at: datetime, fault: str | None = None) -> None:
    """Note that a partner was met. Written once a minute, or where `fault` is another one than before.

    `fault` is a short code for what went wrong when we went there, blank where nothing did; None, from who only saw the
    partner come to us, leaves what was noted.
    """
    is_news = Q(last_contact_at=None) | Q(last_contact_at__lte=at - _NOTED_EVERY)
    fields: dict[str, object] = {"last_contact_at": at}
    if fault is not None:
        fields["last_fault"] = fault[:CODE_MAX]
        is_news |= ~Q(last_fault=fault[:CODE_MAX])
    Partner.objects.filter(is_news, pk=partner.pk).update(**fields)


def _move(partner: Partner, *states: Partner.State, to: Partner.State, suspended_at: datetime | None = None) -> None:
    if not Partner.objects.filter(pk=partner.pk, state__in=states).update(state=to, suspended_at=suspended_at):
        raise WrongState(partner.organisation.slug)
    partner.refresh_from_db()


def _revoke_door_keys(partner: Partner, *, at: datetime) -> None:
    standing = ApiKey.objects.filter(organisation=partner.organisation, person=None, revoked_at=None)
    # A key that opens other doors too stays; this door asks for an active partner anyway.
    only_here = [key.pk for key in standing if key.scopes == [ApiKey.Scope.EXCHANGE]]
    ApiKey.objects.filter(pk__in=only_here).update(revoked_at=at)


def _actor(by: User) -> str:
    return f"user:{by.pk}"
