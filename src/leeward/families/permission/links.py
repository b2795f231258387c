"""Links between guardians and children: state one, add evidence, put it on hold, let a person look at it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leeward.core import facts, keys
from leeward.core.models import Role, User
from leeward.families import seats
from leeward.families.models import Child, Guardian
from leeward.families.permission import events, gates
from leeward.families.permission.choices import LinkState, Relation, Sign
from leeward.families.permission.models import GuardianLink, Stated
from leeward.families.services import NoSuchChild


class LinkOnHold(Exception):
    """A person looks at this link first: wait, or ask your provider."""


class NoLink(Exception):
    """The grown-up did not say yet that they belong to this child: say it first."""


class LinkMoved(Exception):
    """Somebody looked at the link meanwhile: look at the page again."""


class NotOperator(Exception):
    """Only an operator decides about a link on hold: ask one."""


@transaction.atomic
def state(child: Child, *, by: User, at: datetime) -> GuardianLink:
    """Say as a guardian that one belongs to a child. Saying it twice is the same; what was ended or held stays so.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchChild` and `LinkOnHold`.
    """
    seat = seats.check(by, child.household)
    if not Child.objects.filter(pk=child.pk, removed_at=None).exists():
        raise NoSuchChild
    link, is_new = GuardianLink.objects.get_or_create(
        guardian=seat, child=child, defaults={"relation": Relation.STATED, "began_at": at}
    )
    if not is_new:
        return active(seat, child)
    digest = keys.keyed_digest("stated child", child.uid.hex)
    Stated.objects.get_or_create(user=by, child=digest, defaults={"at": at})
    facts.announce(events.LinkStated(str(link.uid), Relation.STATED), actor=f"user:{by.pk}", at=at)
    return link


def active(seat: Guardian, child: Child) -> GuardianLink:
    """Return the link by which a guardian decides for a child; raises `NoLink` and `LinkOnHold`."""
    link = GuardianLink.objects.filter(guardian=seat, child=child, guardian__left_at=None).first()
    if link is None:
        raise NoLink
    if link.state != LinkState.ACTIVE:
        raise LinkOnHold
    return link


@transaction.atomic
def add_evidence(link: GuardianLink, relation: Relation, *, by: User, at: datetime) -> None:
    """Note that something better than the guardian's own word says that they belong together. Raises `NotOperator`."""
    _check(by)
    GuardianLink.objects.filter(pk=link.pk).update(relation=relation)
    facts.announce(events.LinkStated(str(link.uid), relation), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def freeze(link: GuardianLink, why: Sign, *, actor: str, at: datetime) -> None:
    """Let a link hold no longer, and with it nothing that this guardian allowed, until a person has looked. Twice is once."""
    held = GuardianLink.objects.filter(pk=link.pk, state=LinkState.ACTIVE)
    if not held.update(state=LinkState.FROZEN, why=why, frozen_at=at, settled_at=None, settled_by=None):
        return
    gates.hold(link, at=at)
    facts.announce(events.LinkFrozen(str(link.uid), why), actor=actor, at=at)


@transaction.atomic
def lift(link: GuardianLink, *, by: User, at: datetime) -> None:
    """Let a link hold again, with what was on hold because of it. Raises `NotOperator` and `LinkMoved`."""
    _settle(link, LinkState.ACTIVE, by=by, at=at)
    gates.give_back(link, at=at)
    facts.announce(events.LinkSettled(str(link.uid), LinkState.ACTIVE), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def end(link: GuardianLink, *, by: User, at: datetime) -> None:
    """End a link for good, with what this guardian allowed. Raises `NotOperator` and `LinkMoved`."""
    _settle(link, LinkState.ENDED, by=by, at=at)
    gates.end_held(link, at=at)
    facts.announce(events.LinkSettled(str(link.uid), LinkState.ENDED), actor=f"user:{by.pk}", at=at)


def _settle(link: GuardianLink, state: LinkState, *, by: User, at: datetime) -> None:
    _check(by)
    held = GuardianLink.objects.filter(pk=link.pk, state=LinkState.FROZEN)
    if not held.update(state=state, settled_by=by, settled_at=at):
        raise LinkMoved


def _check(person: User) -> None:
    if Role.OPERATOR not in person.roles:
        raise NotOperator
