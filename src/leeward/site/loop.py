"""What follows from what. The only file that knows; `leeward loop` prints it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leeward.age import attempts
from leeward.age import reactions as age_reactions
from leeward.age import tokens as age_tokens
from leeward.age.blind import keyring as blind_keyring
from leeward.age.calls import services as calls
from leeward.age.effect import services as age_effect
from leeward.age.issuers import services as issuers
from leeward.age.openid import services as openid
from leeward.age.rules import permits
from leeward.age.rules.events import PermitsChanged
from leeward.cases import (
    actions,
    clock_reactions,
    deadlines,
    erasing,
    leg_reactions,
    legs,
    retention,
    search,
    second_looks,
    submission,
)
from leeward.cases import reactions as cases
from leeward.cases import statement_reactions as statements
from leeward.cases.events import (
    ActionAnswered,
    ActionDelivered,
    ActionOwedAgain,
    AppealAnswered,
    CaseHandedOver,
    CaseOpened,
    DecisionConfirmed,
    DecisionReversed,
    EvidenceAdded,
    EvidenceDescribed,
    LegBreached,
    LegMoved,
    NoteAdded,
    StatementMade,
)
from leeward.core import chores, facts, health
from leeward.core.facts import Reaction
from leeward.exchange.bells import reactions as bell_reactions
from leeward.exchange.partners import signatures as http_signatures
from leeward.exchange.receipts import probes as receipt_probes
from leeward.exchange.review import probes as review_probes
from leeward.exchange.shelf import shelving
from leeward.exchange.silent import services as silent
from leeward.exchange.taxii import submissions
from leeward.families import services as families
from leeward.families.areas import reactions as areas
from leeward.families.areas import services as area_services
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.events import BirthdayCrossed, BirthdaySaid
from leeward.families.events import ChildRemoved, GuardianJoined, GuardianLeft
from leeward.families.permission import reactions as permission
from leeward.families.permission import services as permissions
from leeward.families.permission.events import LinkFrozen, LinkSettled, PermissionGranted, PermissionRevoked
from leeward.families.vouching import reactions as vouching_reactions
from leeward.families.vouching import services as vouching
from leeward.filtering import probes as filtering
from leeward.filtering.counts import services as counts
from leeward.filtering.legal import probes as legal_probes
from leeward.filtering.legal import services as legal
from leeward.filtering.lists import probes as list_probes
from leeward.filtering.lists import services as lists
from leeward.filtering.subscribers import chores as subscriber_chores
from leeward.filtering.subscribers import services as subscribers
from leeward.helplines.chat import services as chats
from leeward.helplines.conversations import services as talks
from leeward.helplines.desk import reactions as helpline_desk
from leeward.helplines.directory import links
from leeward.helplines.directory import services as directory
from leeward.helplines.events import EscalationMade, TalkErased
from leeward.helplines.figures import services as helpline_figures
from leeward.indicators import comparing
from leeward.indicators import services as indicators
from leeward.indicators.events import IndicatorsExpired, IndicatorsPublished, IndicatorsRevoked
from leeward.limits import services as limits
from leeward.reports import halves, reputation
from leeward.reports import reactions as reports
from leeward.reports.events import (
    ContextAdded,
    ReporterAsked,
    ReporterComplained,
    ReporterSaid,
    ReporterTold,
    ReportReceived,
)
from leeward.screening import probes as screening_probes
from leeward.screening import reactions as screening
from leeward.screening.events import HoldEnded
from leeward.site import escalations

# Who reads the change log of signs by position and so needs no delivery.
FOLLOWERS = {
    "indicators.IndicatorsPublished, IndicatorsRevoked, IndicatorsExpired": (
        "screening matches them, or no longer",
        "filtering blocks their host names, or no longer",
        "exchange shows them to partners, and their withdrawal",
    ),
    "helplines.ServiceChanged": ("filtering keeps the sites of checked helplines open, or no longer",),
    "filtering.LegalOrderEntered, LegalOrderLifted, LegalStepUndone": (
        "filtering closes the names of the order for everybody, or no longer",
    ),
}


def _signs_of(fact: Any) -> str:
    return f"signs:{fact.case_uid}"


def _orders_of(fact: Any) -> str:
    return f"orders:{fact.case_uid}"


def _words_of(fact: Any) -> str:
    return f"words:{fact.case_uid}"


def _routes_of(fact: Any) -> str:
    return f"routes:{fact.case_uid}"


def _statement_of(fact: Any) -> str:
    return f"statement:{fact.case_uid}"


def _permission_of(fact: Any) -> str:
    return f"permission:{fact.permission_uid}"


def _leg_of(fact: Any) -> str:
    return f"leg:{fact.leg_uid}"


def _bells_of(fact: Any) -> str:
    return bell_reactions.LANE


def _has_pictures(fact: Any) -> bool:
    return bool(fact.pictures)


def state() -> None:
    """State everything that follows. Called once, when all apps are loaded."""
    _what_is_reported()
    _what_is_judged()
    _what_is_for_others()
    facts.follow(
        ReporterTold,
        Reaction(screening.settle_hold, "if it was filed for a held upload, that is released or refused"),
    )
    facts.follow(
        EscalationMade,
        Reaction(escalations.open_case, "what was chosen of the talk is a case, and is forgotten at the helpline"),
    )
    facts.follow(TalkErased, Reaction(helpline_desk.forget, "notes and drafts about it are erased, too", at_once=True))
    facts.follow(HoldEnded, Reaction(screening.tell_provider, "the provider's systems are told"))
    _what_families_change()
    _what_children_may()
    for news in (IndicatorsPublished, IndicatorsRevoked, IndicatorsExpired):
        rings = Reaction(bell_reactions.ring_systems, "partners' systems that have a webhook are rung", _bells_of)
        facts.follow(news, rings)
    _what_the_clock_does()
    _what_is_watched()


def _what_families_change() -> None:
    on_lines = Reaction(subscribers.tell_planes, "limits hold on its lines as long as it is there")
    facts.follow(GuardianJoined, on_lines)
    facts.follow(
        GuardianLeft,
        on_lines,
        Reaction(permission.end_of_household, "where nobody is left, nothing is allowed any more"),
        Reaction(areas.look_at_household, "its children stay in an area only where somebody shows their age"),
    )


def _what_the_clock_does() -> None:
    chores.every(60, indicators.expire)
    chores.every(60, actions.end_measures)
    chores.every(60, legs.note_overdue)
    chores.every(60, submission.submit)
    chores.every(60, deadlines.note_breaches)
    chores.every(3600, second_looks.draw)
    chores.every(300, halves.end_old)
    chores.every(3600, reputation.forget)
    chores.every(86_400, erasing.owe_erasing)
    chores.every(60, lists.owe_fetches)
    chores.every(3600, legal.note_reviews)
    chores.every(60, counts.harvest)
    chores.every(3600, directory.expire)
    chores.every(600, links.look)
    chores.every(300, families.forget)
    chores.every(300, permissions.run_clock)
    chores.every(3600, permissions.look_at_all)
    chores.every(3600, birthdays.move_on)
    chores.every(3600, area_services.look_at_all)
    chores.every(3600, permits.forget)
    chores.every(300, vouching.forget)
    chores.every(300, limits.forget)
    chores.every(60, shelving.follow)
    chores.every(3600, talks.erase_old)
    chores.every(3600, submissions.forget)
    chores.every(60, subscriber_chores.end_silent)
    chores.every(3600, subscriber_chores.forget)
    chores.every(300, http_signatures.forget)
    chores.every(300, attempts.forget)
    chores.every(300, age_effect.forget)
    chores.every(300, age_tokens.forget)
    chores.every(3600, blind_keyring.forget)
    chores.every(300, openid.forget)
    chores.every(300, calls.forget)
    chores.every(60, issuers.refresh)
    chores.every(15, chats.give_up)
    chores.every(60, helpline_figures.look_at_doors)
    chores.every(3600, helpline_figures.count_days)


def _what_is_watched() -> None:
    comparing.watch(silent.note)
    health.watch(filtering.table_follows, filtering.family_follows, legal_probes.orders_are_followed)
    health.watch(list_probes.lists_are_fresh)
    health.watch(screening_probes.index_follows)
    health.watch(review_probes.planted_signs)
    health.watch(receipt_probes.withdrawals_are_confirmed)


def _what_is_reported() -> None:
    draws_pictures = Reaction(
        reports.draw_copies, "pictures that came with it are drawn anew, to be shown", when=_has_pictures
    )
    can_be_found = Reaction(search.index_report, "its words can be found, as keyed digests")
    facts.follow(
        ReportReceived,
        # In the same moment: nobody is ever told "received" while no case waits for a reviewer.
        Reaction(cases.open_or_join_case, "its case is opened, or it joins the open one", at_once=True),
        Reaction(cases.take_said, "pictures that came with it are evidence of its case", when=_has_pictures),
        draws_pictures,
        can_be_found,
    )
    facts.follow(
        ReporterSaid,
        Reaction(cases.take_said, "pictures that came with it are evidence of its case", when=_has_pictures),
        draws_pictures,
        can_be_found,
    )
    facts.follow(ReporterAsked, can_be_found)
    facts.follow(
        ReporterComplained,
        can_be_found,
        Reaction(statements.open_appeal, "somebody who had no part in the decision looks at it again"),
    )
    facts.follow(NoteAdded, Reaction(search.index_case, "its words can be found"))
    facts.follow(ContextAdded, Reaction(cases.take_context, "the open case about that item has it, too"))


def _what_is_judged() -> None:
    facts.follow(
        CaseOpened,
        Reaction(
            cases.ask_for_item,
            "if a provider holds it, that is asked for the item, to seal it",
            when=lambda fact: fact.is_item,
        ),
        Reaction(leg_reactions.route_case, "it goes to its queue, and to whoever else is responsible", _routes_of),
    )
    facts.follow(
        EvidenceAdded,
        Reaction(cases.publish_signs, "if it was decided already, its signs are published", _signs_of),
        Reaction(cases.describe_video, "if it is a video, its frames are hashed"),
    )
    facts.follow(
        EvidenceDescribed,
        Reaction(cases.publish_signs, "if it was decided already, its frames are published", _signs_of),
    )
    facts.follow(
        DecisionConfirmed,
        Reaction(retention.hold_by_rule, "what the rules ask for is held, so that nothing of it is erased"),
        Reaction(cases.publish_signs, "its signs are published", _signs_of),
        Reaction(
            actions.order_measures, "the provider's systems, or a person, are ordered to do what it says", _orders_of
        ),
        Reaction(clock_reactions.meet_clocks, "its clocks are met", _orders_of),
        Reaction(cases.tell_reporters, "everyone who reported it can read so", _words_of),
        Reaction(statements.make_statement, "if it restricts a provider's user, the reasons are stated", _statement_of),
        Reaction(leg_reactions.route_decision, "whoever is responsible for what was found has their part", _routes_of),
    )
    facts.follow(
        DecisionReversed,
        Reaction(cases.revoke_signs, "its signs are taken back", _signs_of),
        Reaction(actions.order_undo, "the provider's systems, or a person, are ordered to take it back", _orders_of),
        Reaction(cases.tell_reporters, "everyone who reported it can read so", _words_of),
        Reaction(statements.withdraw_statement, "the affected user is told, and its other appeals end", _statement_of),
        Reaction(leg_reactions.recall_legs, "what others were given because of it is taken back", _routes_of),
        Reaction(clock_reactions.restart_clocks, "if it is open again, its clocks run anew", _routes_of),
    )
    facts.follow(StatementMade, Reaction(statements.tell_provider, "the provider's systems have it, for its user"))
    facts.follow(AppealAnswered, Reaction(statements.tell_appellant, "whoever appealed can read how it ended"))
    is_settled = Reaction(clock_reactions.meet_removal, "once everything is out of sight, the clock of that is met")
    for order in (ActionDelivered, ActionAnswered, ActionOwedAgain):
        facts.follow(order, is_settled)


def _what_is_for_others() -> None:
    facts.follow(
        LegMoved,
        Reaction(leg_reactions.send_leg, "it is sent, if nobody must look first", _leg_of, _came_to("owed")),
        Reaction(leg_reactions.tell_sent_on, "everyone who reported it can read who has it", when=_came_to("sent")),
        Reaction(leg_reactions.next_hop, "the next body is found, or triage has it", _leg_of, _came_to("declined")),
        Reaction(leg_reactions.tell_recalled, "the body is told that it was taken back", _leg_of, _came_to("recalled")),
    )
    facts.follow(
        CaseHandedOver, Reaction(leg_reactions.tell_handed_over, "everyone who reported it can read who decides")
    )
    facts.follow(
        LegBreached, Reaction(leg_reactions.on_breach, "the body is reminded, or triage has it, as the rule says")
    )


def _what_children_may() -> None:
    # In the same moment: what a guardian took back opens no gate.
    at_gates = Reaction(age_reactions.take_back, "tokens that stand on it open no gate any more", at_once=True)
    facts.follow(PermitsChanged, at_gates)
    for allowed_or_not in (PermissionGranted, PermissionRevoked):
        facts.follow(
            allowed_or_not, Reaction(permission.tell_service, "the service's own system is told", _permission_of)
        )
    in_areas = Reaction(areas.look_again, "it is in the room of an area that fits, or in none")
    may_decide = Reaction(permission.look_again, "what stands on its age before is over")
    facts.follow(BirthdaySaid, may_decide, in_areas)
    said_age = Reaction(vouching_reactions.end_of_child, "what a guardian said of its age counts no more", at_once=True)
    facts.follow(BirthdayCrossed, may_decide, in_areas, said_age)
    facts.follow(ChildRemoved, Reaction(permission.end_of_child, "nothing is allowed any more"), in_areas, said_age)
    for link in (LinkFrozen, LinkSettled):
        facts.follow(
            link,
            Reaction(areas.look_at_link, "the child stays in an area only where somebody shows its age"),
            Reaction(
                vouching_reactions.look_at_link,
                "where it does not hold, what that guardian said of the child's age counts no more",
                at_once=True,
            ),
        )


def _came_to(state: str) -> Callable[[Any], bool]:
    return lambda fact: bool(fact.state == state)


def sentences() -> list[str]:
    """Return the loop as sentences, to be read aloud."""
    lines = []
    for fact, reactions in facts.followed().items():
        lines.append(f"When {facts.kind_of(fact)}:")
        lines += [f"  - {reaction.words}" for reaction in reactions]
    for kinds, follows in FOLLOWERS.items():
        lines.append(f"When {kinds}, by position:")
        lines += [f"  - {words}" for words in follows]
    lines += [f"Every {chore.seconds:g} s: {chore.name}" for chore in chores.stated()]
    return lines
