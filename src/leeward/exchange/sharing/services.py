"""Who may see what: rules of category, jurisdiction, purpose, TLP and group. What no rule names stays here.

`visible` is asked by every door at every read, so a rule that is made or ended counts from the next answer on. That a sign
may travel at all is decided once more before that, when its versions are written: see `shelving`.

**A stricter rule and withdrawals.** When a rule ends, its signs are not served to those partners any more, but a partner
that could read a sign while the rule was in force may be blocking somebody with it. So the withdrawal of such a sign is
told to it all the same: where the rule ended after the sign was added and after the partner came. The same holds for a
partner that was moved to another group, purpose or country. It says nothing that this partner could not read before.
Whoever came later is told neither. A partner that is suspended is told when it is resumed, since it goes on from its own
mark; one that is ended is told nothing any more.

**A wider rule and the past.** What a new rule opens stands at its old places, behind the marks of partners who poll. They
have all that comes from then on at once, and the older signs when they read from the beginning once more.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from leeward.core import facts
from leeward.core.models import User
from leeward.exchange import events
from leeward.exchange.intake.models import Received
from leeward.exchange.mapping import PASSED_ON_TLP, SHARED_TLP
from leeward.exchange.partners.models import FormerStanding, Partner
from leeward.exchange.sharing.models import ANY, ShareRule
from leeward.indicators.models import Tlp

NOTHING = Q(pk__in=())
# Of what a partner told, only what is believed here and still marked for others goes on to them, and its withdrawal.
_STANDS = Q(origin=None) | Q(
    Exists(
        Received.objects.filter(
            Q(state=Received.State.ACTIVE, tlp__in=PASSED_ON_TLP) | Q(state=Received.State.WITHDRAWN),
            partner=OuterRef("origin"),
            object_id=OuterRef("object_id"),
        )
    )
)
_SYSTEM = "system"


class NoLongerInForce(Exception):
    """The rule has ended already: somebody else was faster. Look at the page of rules again."""


class StillInForce(Exception):
    """The rule is in force already, so there is no end to take back. Look at the page of rules again."""


@dataclass(frozen=True)
class RuleDraft:
    """What a rule will say: each word is one of its set, or ANY; `categories` is ANY alone or some categories."""

    categories: tuple[str, ...]
    jurisdiction: str = ANY
    purpose: str = ANY
    group: str = ANY
    most_tlp: Tlp = Tlp.AMBER


def visible(partner: Partner | None) -> Q:
    """Return the condition on `Version` that this partner may see it now; without an active partner nothing fits it."""
    if partner is None or not partner.is_active:
        return NOTHING
    condition = NOTHING
    for rule in _rules_for(partner, since=partner.created_at):
        condition |= _signs_of(rule) if rule.ended_at is None else _withdrawals_of(rule, until=rule.ended_at)
    for former in partner.former_standings.all():
        if former.until_at <= partner.created_at:  # Of a partnership that ended before this one began.
            continue
        for rule in _rules_for(former, since=partner.created_at).filter(made_at__lt=former.until_at):
            until = min(former.until_at, rule.ended_at or former.until_at)
            condition |= _withdrawals_of(rule, until=until)
    condition &= _STANDS
    # Who has no identity has signed nothing. Asked first, because those whom the same condition concerns are rung together.
    if partner.identity_uid is not None:
        condition &= ~Q(origin=partner)
    return condition


def is_told(partner: Partner) -> bool:
    """Say whether any rule that holds now names this partner, whatever there is to tell."""
    return partner.is_active and _rules_for(partner, since=partner.created_at).filter(ended_at=None).exists()


def _rules_for(standing: Partner | FormerStanding, *, since: datetime) -> QuerySet[ShareRule]:
    """Return the rules under which a partner that stands there reads, or could read at some time after `since`."""
    rules = ShareRule.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=since),
        jurisdiction__in=[ANY, *standing.jurisdictions],
        purpose__in=[ANY, standing.purpose],
        group__in=[ANY, standing.group],
    )
    return rules.order_by("pk")


def _withdrawals_of(rule: ShareRule, *, until: datetime) -> Q:
    """Return the condition on a version to be the withdrawal of what could be read by the rule before `until`."""
    return _signs_of(rule) & Q(is_revoked=True, first_at__lt=until)


def _signs_of(rule: ShareRule) -> Q:
    """Return the condition on a version that the rule speaks of it.

    A rule of one place speaks of what says how the law stands there, and of what says nothing of any place.
    """
    signs = Q(tlp__in=SHARED_TLP[: SHARED_TLP.index(Tlp(rule.most_tlp)) + 1])
    if ANY not in rule.categories:
        about = Q(category__in=rule.categories)
        for category in rule.categories:
            about |= Q(is_revoked=True, former_categories__contains=f" {category} ")
        signs &= about
    if rule.jurisdiction != ANY:
        signs &= Q(jurisdictions="") | Q(jurisdictions__contains=f" {rule.jurisdiction} ")
    return signs


def in_force() -> list[ShareRule]:
    """Return the rules that hold now, the oldest first."""
    return list(ShareRule.objects.filter(ended_at=None))


@transaction.atomic
def add_rule(draft: RuleDraft, *, by: User, at: datetime) -> ShareRule:
    """Let what the draft says be shared from now on. The same rule twice is one rule."""
    return _add(draft, actor=f"user:{by.pk}", at=at)


@transaction.atomic
def share_everything(*, at: datetime) -> ShareRule:
    """Share every category with every partner up to TLP:AMBER: for demos, tests and the command line."""
    return _add(RuleDraft((ANY,)), actor=_SYSTEM, at=at)


def _add(draft: RuleDraft, *, actor: str, at: datetime) -> ShareRule:
    fields = {
        "jurisdiction": draft.jurisdiction,
        "purpose": draft.purpose,
        "group": draft.group,
        "most_tlp": draft.most_tlp,
    }
    categories = sorted(set(draft.categories))
    same = ShareRule.objects.filter(ended_at=None, **fields)
    known = next((rule for rule in same if rule.categories == categories), None)
    if known is not None:
        return known
    rule = ShareRule.objects.create(categories=categories, made_at=at, **fields)
    facts.announce(events.SharingAdded(str(rule.uid)), actor=actor, at=at)
    return rule


@transaction.atomic
def end_rule(rule: ShareRule, *, by: User, at: datetime) -> None:
    """Share no more by this rule; withdrawals of what it shared are still told. Raises `NoLongerInForce`."""
    if not ShareRule.objects.filter(pk=rule.pk, ended_at=None).update(ended_at=at):
        raise NoLongerInForce(rule.uid)
    rule.ended_at = at
    facts.announce(events.SharingEnded(str(rule.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def reopen_rule(rule: ShareRule, *, by: User, at: datetime) -> None:
    """Take the end of a rule back. Raises `StillInForce`."""
    if not ShareRule.objects.filter(pk=rule.pk, ended_at__isnull=False).update(ended_at=None):
        raise StillInForce(rule.uid)
    rule.ended_at = None
    facts.announce(events.SharingAdded(str(rule.uid)), actor=f"user:{by.pk}", at=at)


def rule_of(uid: uuid.UUID) -> ShareRule | None:
    """Return the rule with this id."""
    return ShareRule.objects.filter(uid=uid).first()
