"""How the ways to show an age look to a visitor, and the mark that keeps somebody from saying another year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from leeward.age import attempts, words
from leeward.age.levels import Kind, Level
from leeward.age.methods import registered
from leeward.age.methods.protocol import Method
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.openid import services as openid

# For a day, as the neutral age screens that the FTC describes (COPPA FAQ, H.3) keep somebody from going back.
MARK_COOKIE, MARKED_FOR = "age_said", timedelta(days=1)
_SALT = "leeward.age.said"


@dataclass(frozen=True)
class Way:
    """One method as the visitor sees it: picture, what is learned, what is kept, and what it works with only."""

    id: str
    title: str
    learned: str
    kept: str
    needs: str
    pictures: tuple[str, str]
    level: str


def ways(requirement: Requirement) -> list[Way]:
    """Return the ways that can open an area, the surest first."""
    said = words.tables().get("way", {})
    return [_way(method, said) for method in attempts.offered(requirement)]


def others(attempt: AgeTransaction) -> list[Way]:
    """Return the ways that are left after an attempt that could not tell."""
    return [way for way in ways(attempt.requirement) if way.id != attempt.method]


def leaving(requirement: Requirement, nonce: str) -> str:
    """Return where «back to the site» leads: to the program that asked, or to the first page of the site."""
    return openid.leaving(nonce) or f"{requirement.site.origin}/"


def second(attempt: AgeTransaction, *, at: datetime) -> list[Way]:
    """Return the surer ways that a visitor who was let in is asked to take, too; empty for all who were not drawn."""
    said = words.tables().get("way", {})
    return [_way(method, said) for method in attempts.second_ways(attempt, at=at)]


def _way(method: Method, said: dict[str, str]) -> Way:
    return Way(
        id=method.id,
        title=said.get(method.id, method.id),
        # A method of another package has no words here; its own statement is better than none.
        learned=said.get(f"{method.id}_learned", method.statement),
        kept=said.get(f"{method.id}_kept", method.retention),
        needs=said.get(f"{method.id}_needs", ""),
        pictures=words.pictures(method.id),
        level=method.top_level.acr,
    )


def outcome_words(attempt: AgeTransaction) -> dict[str, str]:
    """Return what a visitor reads about how an attempt ended."""
    said = words.tables()
    state = "expired" if attempt.state == AgeTransaction.State.PENDING else str(attempt.state)
    # Where it can be said what to do about it, a reason has words of its own.
    of_reason = said["ended"].get(f"{state}_{attempt.reason}")
    return {"title": said["ended"][state], "next": of_reason or said["ended"][f"{state}_next"]}


def _can_be_tried_anew(attempt: AgeTransaction) -> bool:
    """True where the visitor could answer until it fits: by a word, or before a camera."""
    method = registered().get(attempt.method)
    if method is None:
        return False
    if method.kind == Kind.ESTIMATION:
        return True
    # A guardian's word is one, too, but it is not the visitor's own.
    return method.kind == Kind.DECLARATION and method.top_level == Level.ASSERTED


def mark[Answer: HttpResponseBase](answer: Answer, attempt: AgeTransaction) -> Answer:
    """Remember in the visitor's own browser that somebody is too young for an age, or too old, so that mere words do not change it."""
    if attempt.state == AgeTransaction.State.NOT_SATISFIED:
        said = signing.dumps(_about(attempt), salt=_SALT)
        answer.set_cookie(
            MARK_COOKIE,
            said,
            max_age=int(MARKED_FOR.total_seconds()),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
            path="/age/",
        )
    return answer


def is_marked(request: HttpRequest, attempt: AgeTransaction) -> bool:
    """True where a word or a guess is not enough any more: within a day this browser was found not to be of the age it is about."""
    if not _can_be_tried_anew(attempt):
        return False
    try:
        said = signing.loads(request.COOKIES.get(MARK_COOKIE, ""), salt=_SALT, max_age=MARKED_FOR)
    except signing.BadSignature:
        return False
    return bool(said == _about(attempt))


def _about(attempt: AgeTransaction) -> dict[str, int | None]:
    return {"over": attempt.requirement.age_over, "under": attempt.requirement.age_under}
