"""Whoever has just shown an age takes blind tokens along: the page, and the door that signs what the browser blinded."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.age import blinding, words
from leeward.age.blind import keyring, services, wire
from leeward.age.models import AgeTransaction
from leeward.age.views import own_attempt
from leeward.core import access, middleware, paces, problems

# A class of thirty behind one address may all take some. Signing costs the machine some milliseconds each.
_A_MINUTE = 60
_signings = paces.Pace()


@access.public
@never_cache
@require_safe
@words.for_reader
@own_attempt
def take(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Show what blind tokens are, and the button with which the browser makes some."""
    at = timezone.now()
    try:
        statement = blinding.statement_of(attempt, at=at)
    except blinding.GivesNone:
        raise Http404 from None
    context = {
        "said": words.tables(),
        "attempt": attempt,
        "statement": statement,
        # Made where nobody needed it before in this week, so that the page can name it and the list has it.
        "kid": keyring.current(statement, at=at).kid,
        "left": services.left(attempt.pk),
    }
    return render(request, "age/blind/take.html", context)


@access.public
@never_cache
@require_POST
@own_attempt
def sign(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Sign the blinded messages of a form with the fields `kid` and `blinded`, the latter once for each token."""
    at = timezone.now()
    try:
        _signings.admit(middleware.client_address(request), a_minute=_A_MINUTE, at=at)
        statement, blinded = blinding.statement_of(attempt, at=at), _blinded(request)
        signed = services.sign(attempt.pk, statement, kid=request.POST.get("kid", ""), blinded=blinded, at=at)
    except blinding.GivesNone:
        return problems.response(404, "This attempt gives no blind tokens. Show your age again.")
    except paces.TooOften:
        return problems.response(429, "Wait a minute and try again.")
    except (wire.Unreadable, services.WrongBlinded):
        return problems.response(422, "Send between one and ten messages that are blinded for the key of the page.")
    except services.KeyOver:
        return problems.response(409, "Another week began. Load the page again.")
    except services.ShareSpent:
        return problems.response(409, "So many were taken already. Show your age again.")
    return JsonResponse({"signatures": [wire.encoded(one) for one in signed]})


def _blinded(request: HttpRequest) -> list[bytes]:
    sent = request.POST.getlist("blinded")
    if not 0 < len(sent) <= services.TOKENS_PER_RESULT:
        raise wire.Unreadable
    return [wire.decoded(one) for one in sent]
