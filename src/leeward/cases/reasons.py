"""The statement of reasons in words: for one reader, in one language, from what the decision recorded and nothing else.

Nothing that the desk wrote for itself goes in, and nothing of who reported: the affected user may be the one whom a child
is afraid of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import override

from leeward.cases import appeals, statements
from leeward.cases.models import Appeal, Statement
from leeward.cases.states import DecisionState
from leeward.core import config, texts
from leeward.engines.reading import Band
from leeward.reports import receipts


@dataclass(frozen=True)
class Reasons:
    """What the affected user reads, line by line. `news` is what became of it since: a reversal, or where the appeal stands."""

    done: list[str]
    why: list[str]
    item: str
    news: list[str]
    may_appeal_until: str
    redress: list[str]


def of(statement: Statement, *, language: str, band: Band, at: datetime) -> Reasons:
    """Return the reasons of a decision in the words of one language for readers of one age."""
    words, decision = texts.read("cases", language=language, band=band), statement.decision
    done = [words[f"measure.{measure}"] for measure in statements.told_measures(decision)]
    if decision.ends_at:
        done.append(words["statement.ends"].format(date=_day(decision.ends_at, language=language)))
    return Reasons(
        done=done,
        why=_why(statement, words),
        item=words["statement.item"].format(item=decision.case.subject.item_id),
        news=news(statement, words),
        may_appeal_until=_until(statement, words, language=language, at=at),
        redress=[words["redress.body"], words["redress.court"]],
    )


def _why(statement: Statement, words: Mapping[str, str]) -> list[str]:
    decision = statement.decision
    lines = [
        words[f"harm.{decision.category}"],
        words[f"outcome.{decision.outcome}"],
        words["statement.rule"].format(ground=decision.ground),
        words[f"found.{decision.found_by}"],
    ]
    if decision.is_detected_by_machine:
        lines.append(words["found.machine"])
    return [*lines, words[f"decided.{decision.automation}"]]


def news(statement: Statement, words: Mapping[str, str]) -> list[str]:
    """Return what became of the decision since it was stated: where each appeal of the user stands, and a reversal."""
    decision = statement.decision
    mine = Appeal.objects.filter(decision=decision, by=Appeal.By.AFFECTED).order_by("at", "pk")
    lines = [line for appeal in mine for line in (words[f"appeal.{appeal.state}"], appeal.why) if line]
    return [*lines, words["statement.reversed"]] if decision.state == DecisionState.OVERTURNED else lines


def _until(statement: Statement, words: Mapping[str, str], *, language: str, at: datetime) -> str:
    end = appeals.until(statement.decision)
    return words["appeal.late"] if at > end else words["appeal.until"].format(date=_day(end, language=language))


def _day(at: datetime, *, language: str) -> str:
    with override("zh-hans" if language == "zh" else language):
        return formats.date_format(timezone.localtime(at), "DATE_FORMAT")


def message(statement: Statement, *, language: str, band: Band, at: datetime) -> str:
    """Return the whole statement as plain text, with the code and the page, for a provider to pass on to its user."""
    words, reasons = (
        texts.read("cases", language=language, band=band),
        of(statement, language=language, band=band, at=at),
    )
    parts = [[words["statement.title"], reasons.item], [words["statement.done"], *reasons.done], reasons.news]
    parts.append([words["statement.why"], *reasons.why])
    if not is_over(statement, at=at):
        parts.append([words["appeal.title"], reasons.may_appeal_until, words["appeal.free"]])
    parts.append([words["redress.title"], *reasons.redress])
    code, page = receipts.grouped(statements.code_of(statement)), page_url()
    parts.append([words["statement.page"].format(page=page), words["statement.code"].format(code=code)])
    return "\n\n".join("\n".join(part) for part in parts if part)


def is_over(statement: Statement, *, at: datetime) -> bool:
    """True where the affected user cannot appeal any more: it was taken back, or the time is over."""
    decision = statement.decision
    return decision.state != DecisionState.EFFECTIVE or at > appeals.until(decision)


def page_url() -> str:
    """Return the address of the page on which a code is typed; the code itself never stands in an address."""
    return config.current().server.site_url + reverse("statement")
