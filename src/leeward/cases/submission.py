"""Submit statements of reasons to the EU's database: off until the operator names it, without personal data, all or nothing a call.

Source: `StatementMultipleAPIController.php` and `GroupedSubmissionsService.php` of digital-services-act/transparency-database.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx
from django.db import transaction

from leeward.cases import events, services, statements
from leeward.cases.models import Statement
from leeward.core import config, facts
from leeward.core.models import User
from leeward.engines import statements as engine

log = logging.getLogger("leeward.cases")
MOST = 100  # "between:1,100" statements a call.
# So many calls a minute keep the rest of the worker's chores on time; a backlog of 2,000 goes in one run.
CALLS = 20
_FAULT = "statement_"
UNNAMED = "not named"
Submission = Statement.Submission


class NotRefused(Exception):
    """The statement does not wait for a person: it was submitted, or is owed. Load the page again."""


@dataclass(frozen=True)
class Answer:
    """What the database said of one call: `refused` holds the fields of a statement by its place, `known` puids it has already."""

    is_stored: bool
    refused: Mapping[int, list[str]]
    known: frozenset[str]


class NotTaken(Exception):
    """The database gave no answer that can be used; what was sent stays owed and goes with the next run. `code` is its HTTP status."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def submit(at: datetime) -> None:
    """Submit what is owed, oldest first. Does nothing where no database is named, and stops at the first call that fails."""
    if not statements.is_submitting():
        return
    for _ in range(CALLS):
        batch = _sendable(at=at)
        if not batch:
            return
        try:
            if not _settle(batch, _call([statement.payload for statement in batch]), at=at):
                # It named no statement of ours: each goes alone, so that one cannot hold up the others.
                for statement in batch:
                    _settle_alone(statement, at=at)
        except NotTaken as fault:
            log.warning("statements not submitted, tried again in a minute", extra={"code": fault.code})
            return


def owed() -> list[Statement]:
    """Return up to a hundred statements that wait to be submitted, oldest first."""
    waiting = Statement.objects.filter(submission=Submission.OWED).select_related("decision__case")
    return list(waiting.order_by("made_at", "pk")[:MOST])


def _sendable(*, at: datetime) -> list[Statement]:
    """Return what may leave; what our own rules have something against is parked and never sent."""
    batch = owed()
    faults = {statement.pk: faulty_fields(statement.payload) for statement in batch}
    for statement in batch:
        if faults[statement.pk]:
            _note([], {statement: faults[statement.pk]}, at=at)
    return [statement for statement in batch if not faults[statement.pk]]


def faulty_fields(payload: Mapping[str, Any]) -> list[str]:
    """Return the fields of a payload that break a rule or look like personal data; empty where it may leave."""
    found = [problem.field for problem in engine.problems(payload)] + [one.field for one in engine.lint(payload)]
    return sorted(set(found))


def _call(payloads: Sequence[dict[str, Any]]) -> Answer:
    desk = config.current().desk
    headers = {"authorization": f"Bearer {desk.sor_token}", "accept": "application/json", "user-agent": "leeward"}
    try:
        answer = httpx.post(
            desk.sor_url.rstrip("/") + "/statements",
            json={"statements": list(payloads)},
            headers=headers,
            timeout=config.current().jobs.http_timeout_s,
        )
    except httpx.HTTPError as error:
        # The exception's text may hold the address; only its kind goes on.
        raise NotTaken(type(error).__name__) from None
    if answer.status_code == HTTPStatus.CREATED:
        return Answer(is_stored=True, refused={}, known=frozenset())
    if answer.status_code != HTTPStatus.UNPROCESSABLE_ENTITY:
        raise NotTaken(str(answer.status_code))
    return _refusal(answer)


def _refusal(answer: httpx.Response) -> Answer:
    """Read why nothing of a call was stored: `statement_N` with its fields, or puids that are there already."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    errors = said.get("errors")
    errors = errors if isinstance(errors, dict) else {}
    refused = {}
    for name, fields in errors.items():
        number = str(name).removeprefix(_FAULT)
        if str(name).startswith(_FAULT) and number.isdecimal():
            refused[int(number)] = _known_fields(fields)
    return Answer(is_stored=False, refused=refused, known=_puids(errors.get("existing_puids"), said.get("existing")))


def _known_fields(fields: Any) -> list[str]:
    """Return the names of ours among the refused ones. Any other text could be anything, so it is not kept."""
    names = {str(name).partition(".")[0] for name in fields} if isinstance(fields, dict | list) else set()
    return sorted(names & set(engine.SCHEMA["properties"])) or [UNNAMED]


def _puids(many: Any, one: Any) -> frozenset[str]:
    found = list(many.values()) if isinstance(many, dict) else list(many) if isinstance(many, list) else []
    if isinstance(one, dict):
        found.append(one.get("puid"))
    return frozenset(puid for puid in found if isinstance(puid, str))


def _settle(batch: Sequence[Statement], answer: Answer, *, at: datetime) -> bool:
    """Note what the database said; False where that was about none of these statements."""
    if answer.is_stored:
        _note(batch, {}, at=at)
        return True
    # An earlier call was stored and its answer was lost on the way: it is there, which is what we want.
    stored = [statement for statement in batch if str(statement.uid) in answer.known]
    refused = {
        statement: answer.refused[place]
        for place, statement in enumerate(batch)
        if place in answer.refused and statement not in stored
    }
    if not stored and not refused:
        return False
    _note(stored, refused, at=at)
    return True


def _settle_alone(statement: Statement, *, at: datetime) -> None:
    if not _settle([statement], _call([statement.payload]), at=at):
        _note([], {statement: [UNNAMED]}, at=at)


@transaction.atomic
def _note(stored: Sequence[Statement], refused: Mapping[Statement, list[str]], *, at: datetime) -> None:
    still_owed = Statement.objects.filter(submission=Submission.OWED)
    done = still_owed.filter(pk__in=[statement.pk for statement in stored])
    count = done.update(submission=Submission.DONE, submitted_at=at, refused=[])
    parked = 0
    for statement, fields in refused.items():
        parked += still_owed.filter(pk=statement.pk).update(submission=Submission.REFUSED, refused=fields)
    if count or parked:
        facts.announce(events.StatementsSubmitted(stored=count, refused=parked), actor=statements.ACTOR, at=at)


def refused() -> list[Statement]:
    """Return the statements that wait for a person, the oldest first."""
    found = Statement.objects.filter(submission=Submission.REFUSED).select_related("decision__case__subject__provider")
    return list(found.order_by("made_at", "pk"))


@transaction.atomic
def owe_again(statement: Statement, *, by: User, at: datetime) -> None:
    """Build a refused statement anew from its decision and submit it again. For senior reviewers; raises `NotRefused`."""
    services.require(by, services.REVERSERS)
    payload = statements.payload_of(statement)
    waiting = Statement.objects.filter(pk=statement.pk, submission=Submission.REFUSED)
    if not payload or not waiting.update(submission=Submission.OWED, payload=payload, refused=[]):
        raise NotRefused
    fact = events.StatementOwedAgain(str(statement.decision.case.uid), str(statement.uid))
    facts.announce(fact, actor=services.actor(by), at=at)
