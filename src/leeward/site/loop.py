"""What follows from what. The only file that knows; `leeward loop` prints it."""

from __future__ import annotations

from typing import Any

from leeward.cases import reactions as cases
from leeward.cases.events import CaseOpened, DecisionConfirmed, DecisionReversed, EvidenceAdded, EvidenceDescribed
from leeward.core import chores, facts, health
from leeward.core.facts import Reaction
from leeward.filtering import probes as filtering
from leeward.indicators import services as indicators
from leeward.reports import halves, reputation
from leeward.reports import reactions as reports
from leeward.reports.events import ContextAdded, ReporterSaid, ReporterTold, ReportReceived
from leeward.screening import probes as screening_probes
from leeward.screening import reactions as screening
from leeward.screening.events import HoldEnded

# Who reads the change log of signs by position and so needs no delivery.
FOLLOWERS = {
    "indicators.IndicatorsPublished, IndicatorsRevoked, IndicatorsExpired": (
        "screening matches them, or no longer",
        "filtering blocks their host names, or no longer",
        "exchange shows them to partners, and their withdrawal",
    )
}


def _signs_of(fact: Any) -> str:
    return f"signs:{fact.case_uid}"


def _orders_of(fact: Any) -> str:
    return f"orders:{fact.case_uid}"


def _words_of(fact: Any) -> str:
    return f"words:{fact.case_uid}"


def _has_pictures(fact: Any) -> bool:
    return bool(fact.pictures)


def state() -> None:
    """State everything that follows. Called once, when all apps are loaded."""
    _what_is_reported()
    _what_is_judged()
    facts.follow(
        ReporterTold,
        Reaction(screening.settle_hold, "if it was filed for a held upload, that is released or refused"),
    )
    facts.follow(HoldEnded, Reaction(screening.tell_provider, "the provider's systems are told"))
    chores.every(60, indicators.expire)
    chores.every(300, halves.end_old)
    chores.every(3600, reputation.forget)
    health.watch(filtering.table_follows, screening_probes.index_follows)


def _what_is_reported() -> None:
    draws_pictures = Reaction(
        reports.draw_copies, "pictures that came with it are drawn anew, to be shown", when=_has_pictures
    )
    facts.follow(
        ReportReceived,
        Reaction(cases.open_or_join_case, "its case is opened, or it joins the open one"),
        draws_pictures,
    )
    facts.follow(
        ReporterSaid,
        Reaction(cases.take_said, "pictures that came with it are evidence of its case", when=_has_pictures),
        draws_pictures,
    )
    facts.follow(ContextAdded, Reaction(cases.take_context, "the open case about that item has it, too"))


def _what_is_judged() -> None:
    facts.follow(
        CaseOpened,
        Reaction(
            cases.ask_for_item,
            "if a provider holds it, that is asked for the item, to seal it",
            when=lambda fact: fact.is_item,
        ),
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
        Reaction(cases.publish_signs, "its signs are published", _signs_of),
        Reaction(cases.order_removal, "the provider's systems are ordered to take it away", _orders_of),
        Reaction(cases.tell_reporters, "everyone who reported it can read so", _words_of),
    )
    facts.follow(
        DecisionReversed,
        Reaction(cases.revoke_signs, "its signs are taken back", _signs_of),
        Reaction(cases.order_restoring, "the provider's systems are ordered to put it back", _orders_of),
        Reaction(cases.tell_reporters, "everyone who reported it can read so", _words_of),
    )


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
