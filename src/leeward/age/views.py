"""A visitor shows an age: chooses how, does it, and goes back to the site that asked."""

from __future__ import annotations

import functools
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age import attempts, blinding, choices, words
from leeward.age.effect import counts
from leeward.age.methods import Again, registered
from leeward.age.models import AgeTransaction, Requirement
from leeward.core import access, middleware, paces
from leeward.core.models import User

BROWSER_COOKIE = "age_browser"
_NONCE_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_SECRET_BYTES = 16
# A class of thirty behind one address may all type at once. At this pace ten random characters of a list outlast the school.
_ANSWERS_A_MINUTE = 60
_answers = paces.Pace()

type Attempted = Callable[[HttpRequest, AgeTransaction], HttpResponse]


@access.public
@never_cache
@require_safe
@words.for_reader
def choose(request: HttpRequest) -> HttpResponse:
    """Show the ways to show an age for the area that a site asks for, or what this page is for where nobody asked."""
    requirement, nonce = _asked(request.GET.get("need", ""), request.GET.get("nonce", ""))
    if requirement is None:
        return render(request, "age/nobody_asked.html", {"said": words.tables()})
    browser = request.COOKIES.get(BROWSER_COOKIE, "")
    if (again := attempts.renew(requirement, nonce=nonce, browser=browser, at=timezone.now())) is not None:
        return redirect("age:go", uid=again.uid)
    return _choices(request, requirement, nonce)


def _choices(request: HttpRequest, requirement: Requirement, nonce: str, *, status: int = 200) -> HttpResponse:
    user, at = _user(request), timezone.now()
    context = {
        "said": words.tables(),
        "is_easy": words.is_easy(),
        "requirement": requirement,
        "nonce": nonce,
        "ways": choices.ways(requirement),
        "leaving": choices.leaving(requirement, nonce),
        "is_known": user is not None and attempts.known(requirement, user, at=at) is not None,
    }
    return render(request, "age/choose.html", context, status=status)


@access.public
@require_POST
@words.for_reader
def begin(request: HttpRequest) -> HttpResponse:
    """Begin an attempt with the chosen way, or end it at once by what is known of the account."""
    requirement, nonce = _asked(request.POST.get("need", ""), request.POST.get("nonce", ""))
    if requirement is None:
        return redirect("age:choose")
    secret = request.COOKIES.get(BROWSER_COOKIE, "") or secrets.token_urlsafe(_SECRET_BYTES)
    user, way, at = _user(request), request.POST.get("way", ""), timezone.now()
    try:
        if way == attempts.ACCOUNT and user is not None:
            attempt = attempts.recall(requirement, nonce=nonce, browser=secret, user=user, at=at)
        else:
            attempt = attempts.begin(requirement, method=way, nonce=nonce, browser=secret, user=user, at=at)
    except attempts.NotOffered:
        return _choices(request, requirement, nonce, status=422)
    answer = redirect("age:attempt", uid=attempt.uid)
    answer.set_cookie(
        BROWSER_COOKIE, secret, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax", path="/age/"
    )
    return answer


def own_attempt(view: Attempted) -> Callable[..., HttpResponse]:
    """Give a view the attempt of this very browser; that of another one is not found."""

    @functools.wraps(view)
    def opened(request: HttpRequest, uid: UUID) -> HttpResponse:
        digest = attempts.browser_digest(request.COOKIES.get(BROWSER_COOKIE, ""))
        found = AgeTransaction.objects.select_related("requirement__site", "user")
        return view(request, get_object_or_404(found, uid=uid, browser=digest))

    return opened


@access.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@words.for_reader
@own_attempt
def attempt(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Show the next step of an attempt, take the visitor's answer, or show how it ended."""
    at = timezone.now()
    if request.method == "POST" and not choices.is_marked(request, attempt):
        try:
            _answers.admit(middleware.client_address(request), a_minute=_ANSWERS_A_MINUTE, at=at)
            attempts.answer(attempt, _form(request), at=at)
        except paces.TooOften:
            counts.fast_network(middleware.client_address(request), at=at)
            return _step(request, attempt, at=at, wrong="too_fast", status=429)
        except attempts.AttemptOver:
            pass  # Pressed twice: what it came to is shown.
        except Again as unreadable:
            counts.asked_again(unreadable.code, at=at)
            return _step(request, attempt, at=at, wrong=unreadable.code, status=422)
        answer = redirect("age:attempt", uid=attempt.uid)
        # A neutral screen is asked once: whoever goes back and says another year has said the first one.
        return choices.mark(answer, attempt)
    if attempt.state != AgeTransaction.State.PENDING or attempt.begun_at <= at - attempts.OPEN_FOR:
        return _ended(request, attempt)
    if choices.is_marked(request, attempt):
        attempts.refuse_again(attempt, at=at)
        return _ended(request, attempt)
    return _step(request, attempt, at=at)


def _step(
    request: HttpRequest, attempt: AgeTransaction, *, at: datetime, wrong: str = "", status: int = 200
) -> HttpResponse:
    step = registered()[attempt.method].begin(attempt, at=at)
    if step.address:
        return redirect(step.address)
    said = words.tables()
    context = {
        "said": said,
        "is_easy": words.is_easy(),
        "attempt": attempt,
        "requirement": attempt.requirement,
        "step": step,
        "wrong": said.get("wrong", {}).get(wrong, wrong),
    }
    page = render(request, "age/attempt.html", context | dict(step.context), status=status)
    for name, value in step.headers.items():
        page[name] = value
    return page


def _ended(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    has_shown = attempt.state == AgeTransaction.State.SATISFIED
    # The next way, where this one could not tell (ISO/IEC 27566-1: successive validation). A clear «no» is no reason to try on.
    others = [] if has_shown or attempt.state == AgeTransaction.State.NOT_SATISFIED else choices.others(attempt)
    context = {
        "said": words.tables(),
        "attempt": attempt,
        "requirement": attempt.requirement,
        "nonce": attempt.nonce,
        "ways": others,
        "second_ways": choices.second(attempt, at=timezone.now()),
        "gives_passes": blinding.gives(attempt, at=timezone.now()),
        "outcome": choices.outcome_words(attempt),
        "leaving": choices.leaving(attempt.requirement, attempt.nonce),
    }
    return render(request, "age/ended.html", context)


@access.public
@never_cache
@require_safe
@own_attempt
def go(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Lead back to the site that asked, with a token."""
    try:
        address = attempts.go(attempt, at=timezone.now())
    except (attempts.NotShown, attempts.AttemptOver):
        return redirect("age:attempt", uid=attempt.uid)
    return HttpResponse(status=302, headers={"Location": address})


def _asked(need: str, nonce: str) -> tuple[Requirement | None, str]:
    if not _NONCE_FORM.fullmatch(nonce):
        return None, ""
    found = Requirement.objects.select_related("site").filter(slug=need, closed_at=None)
    return found.first(), nonce


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _form(request: HttpRequest) -> dict[str, str | bytes]:
    form: dict[str, str | bytes] = {name: str(request.POST[name]) for name in request.POST}
    return form | {name: file.read() for name, file in request.FILES.items() if isinstance(file, UploadedFile)}
