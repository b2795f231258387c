"""Who is responsible for a case, by the rules in force; and how other rules come into force after they were tried dry."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from leeward.cases import events, services
from leeward.cases.leg_making import DANGER
from leeward.cases.models import Body, Case, CaseReport, Decision, Evidence, Leg, Queue, Rule
from leeward.cases.states import DecisionState, LegState
from leeward.core import config, facts
from leeward.core.models import User
from leeward.engines import routing as engine
from leeward.engines.reading import Band
from leeward.reports.models import Reason

SHIPPED = Path(__file__).parent / "rulesets"
DRAFT = "draft:"
SENIORS = services.REVERSERS
CHILDREN = frozenset({Band.SMALL.value, Band.MIDDLE.value, Band.TEEN.value})
# Matters in which the one who is harmed is a child, whoever reports it.
OF_CHILDREN = frozenset({"sexual_child", "csam", "solicitation"})
MEDIA = ("image/", "video/")


class NoSuchRules(Exception):
    """There are no rules under this name; `leeward rules` lists what is shipped, and the page of rules shows the drafts."""


def facts_of(case: Case) -> engine.Facts:
    """Return what the rules may ask about a case, as it stands now."""
    return facts_of_many([case])[case.pk]


def facts_of_many(cases: Sequence[Case]) -> dict[int, engine.Facts]:
    """Return the facts of many cases by their keys, with as many queries as for one."""
    pks = [case.pk for case in cases]
    found: dict[int, _Found] = defaultdict(_Found)
    in_effect = Decision.objects.filter(case__in=pks, state=DecisionState.EFFECTIVE)
    for pk, outcome, category in in_effect.values_list("case", "outcome", "category"):
        found[pk].outcome, found[pk].category = outcome, category
    joined = CaseReport.objects.filter(case__in=pks)
    for pk, band, reason in joined.values_list("case", "report__band", "report__reason"):
        found[pk].reports.append((band, reason))
    evidence = Evidence.objects.filter(case__in=pks)
    for pk, kind, media_type in evidence.values_list("case", "kind", "blob__media_type"):
        found[pk].evidence.append((kind, media_type or ""))
    confirmed = Leg.objects.filter(case__in=pks, given_by=DANGER).exclude(state=LegState.RECALLED)
    for pk in confirmed.values_list("case", flat=True):
        found[pk].is_danger_confirmed = True
    return {case.pk: _facts(case, found[case.pk]) for case in cases}


class _Found:
    def __init__(self) -> None:
        self.outcome = self.category = ""
        self.reports: list[tuple[str, str]] = []
        self.evidence: list[tuple[str, str]] = []
        self.is_danger_confirmed = False


def _facts(case: Case, found: _Found) -> engine.Facts:
    removes = found.outcome in {Decision.Outcome.AGAINST_TERMS, Decision.Outcome.ILLEGAL}
    category = found.category if removes else ""
    is_child = any(band in CHILDREN for band, _reason in found.reports)
    is_bothered = any(band in CHILDREN and reason == Reason.BOTHERS for band, reason in found.reports)
    return engine.Facts(
        nature=case.nature,
        category=category,
        severity=case.severity,
        is_illegal=found.outcome == Decision.Outcome.ILLEGAL,
        is_danger=any(reason == Reason.DANGER for _band, reason in found.reports),
        is_danger_confirmed=found.is_danger_confirmed,
        hosted=engine.Hosted.OWN if case.subject.provider_id else engine.Hosted.THIRD,
        jurisdiction=config.current().desk.jurisdiction,
        reporter_is_child=is_child,
        victim_is_minor=is_bothered or bool({case.nature, category} & OF_CHILDREN),
        has_media=any(media_type.startswith(MEDIA) for _kind, media_type in found.evidence),
        is_known=any(kind == Evidence.Kind.KNOWN for kind, _media_type in found.evidence),
        is_flagger=case.priority > 0,
    )


def body_of(row: Body) -> engine.Body:
    """Return a body as the engine reads it."""
    return engine.Body(
        slug=row.slug,
        kind=engine.Kind(row.kind),
        jurisdiction=row.jurisdiction,
        responsible_for=frozenset(row.responsible_for),
        never_for=frozenset(row.never_for),
        name=row.name,
        page_url=row.page_url,
        source=row.source,
    )


def bodies(*, without: Collection[str] = ()) -> list[engine.Body]:
    """Return every body, the confirmed ones of a kind first, but none of the slugs in `without`."""
    rows = sorted(Body.objects.all(), key=lambda row: (row.confirmed_at is None, row.pk))
    return [body_of(row) for row in rows if row.slug not in without]


def live_rows() -> list[Rule]:
    """Return the rows in force, in order."""
    return list(Rule.objects.filter(is_live=True))


def live_rules() -> list[engine.Rule]:
    """Return the rules in force, in order; none where nobody put any in force, and then every case waits in triage."""
    return rules_of(live_rows())


def rules_of(rows: Iterable[Rule]) -> list[engine.Rule]:
    """Return rows as the engine reads them."""
    return [engine.Rule.from_dict(row.rule) for row in rows]


def shipped() -> list[str]:
    """Return the names of the rule sets that come with Leeward."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def read(name: str) -> engine.RuleSet:
    """Return a shipped rule set; raise `NoSuchRules`."""
    if name not in shipped():
        raise NoSuchRules(name)
    return engine.RuleSet.from_dict(tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8")))


@transaction.atomic
def install(name: str, *, by: User | None, at: datetime) -> str:
    """Make a draft of a shipped rule set, with its bodies and queues, and return the draft's name. Nothing is in force yet.

    `by` is None on the operator's own machine. A draft of the same name begins anew; bodies and queues that are there
    stay as they are. Raises `NoSuchRules` or `services.NotForThisPerson`.
    """
    if by is not None:
        require_senior(by)
    found = read(name)
    known = set(Body.objects.values_list("slug", flat=True))
    for body in found.bodies:
        if body.slug not in known:
            _keep_body(body, at=at)
    for queue in found.queues:
        Queue.objects.get_or_create(slug=queue.slug, defaults={"title": queue.title})
    keep(DRAFT + name, [(rule, rule.as_of or at.date()) for rule in found.rules])
    return DRAFT + name


def _keep_body(body: engine.Body, *, at: datetime) -> None:
    Body.objects.create(
        slug=body.slug,
        name=body.title,
        kind=body.kind,
        jurisdiction=body.jurisdiction,
        responsible_for=sorted(body.responsible_for),
        never_for=sorted(body.never_for),
        page_url=body.page_url,
        source=body.source,
        as_of_date=body.as_of or at.date(),
    )


def keep(draft: str, rules: Sequence[tuple[engine.Rule, date]]) -> None:
    """Keep rules, each with the day on which it was right, as a draft in place of what it held."""
    Rule.objects.filter(rule_set=draft, is_live=False).delete()
    Rule.objects.bulk_create(
        Rule(rule_set=draft, position=place, rule=rule.to_dict(), source=rule.source, as_of_date=as_of)
        for place, (rule, as_of) in enumerate(rules, start=1)
    )


def require_senior(by: User) -> None:
    """Raise `services.NotForThisPerson` for anybody but a senior reviewer."""
    if not by.roles & SENIORS:
        raise services.NotForThisPerson


def draft_rows(draft: str) -> list[Rule]:
    """Return the rows of a draft, in order; raise `NoSuchRules`."""
    rows = list(Rule.objects.filter(rule_set=draft, is_live=False))
    if not rows or not draft.startswith(DRAFT):
        raise NoSuchRules(draft)
    return rows


@transaction.atomic
def go_live(draft: str, *, by: User, at: datetime) -> None:
    """Put a draft in force in place of all other rules. Cases that were routed already stay where they are.

    Raises `NoSuchRules`, `engines.routing.BadRow` where the rules do not fit together, or `services.NotForThisPerson`.
    """
    require_senior(by)
    # Two who go live at once follow one another, or the rules of both would be in force together.
    list(Rule.objects.select_for_update().order_by("pk"))
    rows = draft_rows(draft)
    engine.check(rules_of(rows), bodies(), Queue.objects.values_list("slug", flat=True))
    name = draft.removeprefix(DRAFT)
    Rule.objects.filter(is_live=True).delete()
    Rule.objects.filter(rule_set=draft).update(rule_set=name, is_live=True)
    sha256 = hashlib.sha256(json.dumps([row.rule for row in rows], sort_keys=True).encode()).hexdigest()
    facts.announce(events.RulesWentLive(name, len(rows), sha256), actor=services.actor(by), at=at)


@dataclass(frozen=True)
class Shift:
    """One case that other rules would treat differently."""

    case: Case
    changes: tuple[engine.Change, ...]


@dataclass(frozen=True)
class DryRun:
    """What other rules would make of the newest cases. `police` and `unroutable` are counts before and after."""

    asked: int
    shifts: tuple[Shift, ...]
    police: tuple[int, int]
    unroutable: tuple[int, int]


def dry_run(draft: str, *, last: int, by: User) -> DryRun:
    """Plan the newest cases once more, open and decided, and show what would differ. Nothing changes.

    Raises `NoSuchRules` or `services.NotForThisPerson`.
    """
    require_senior(by)
    new_rules, old_rules, all_bodies = rules_of(draft_rows(draft)), live_rules(), bodies()
    cases = list(Case.objects.select_related("subject__provider").order_by("-pk")[:last])
    known, shifts, olds, news = facts_of_many(cases), [], [], []
    for case in cases:
        old = engine.plan(known[case.pk], old_rules, all_bodies) if old_rules else engine.Plan()
        new = engine.plan(known[case.pk], new_rules, all_bodies)
        olds.append(old)
        news.append(new)
        if changes := engine.changes(old, new):
            shifts.append(Shift(case, changes))
    return DryRun(
        asked=len(cases),
        shifts=tuple(shifts),
        police=(_police(olds), _police(news)),
        unroutable=(sum(plan.is_unroutable for plan in olds), sum(plan.is_unroutable for plan in news)),
    )


def _police(plans: Iterable[engine.Plan]) -> int:
    return sum(leg.body.kind == engine.Kind.POLICE for plan in plans for leg in plan.legs)


def plan_for(case: Case, *, without: Collection[str] = ()) -> engine.Plan:
    """Return where a case goes by the rules in force; everything stays in triage where none are. Leave bodies out by slug."""
    rules: list[engine.Rule] = live_rules()
    return engine.plan(facts_of(case), rules, bodies(without=without)) if rules else engine.Plan()
