"""The doors of wallets: where they send answers, where they lead visitors back, and whether one came."""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from leeward.age import attempts
from leeward.age.methods import Again
from leeward.age.models import AgeTransaction
from leeward.age.views import own_attempt
from leeward.age.wallet import services
from leeward.age.wallet.answers import Busy, Refused
from leeward.age.wallet.requests import Where
from leeward.core import access, config, problems

_FORM = "application/x-www-form-urlencoded"


# A wallet is no browser: it has no cookie that could be abused, and the answer itself is bound to one request.
@csrf_exempt
@access.public
@never_cache
@require_POST
def answers(request: HttpRequest, uid: UUID, where: str) -> HttpResponse:
    """Take a wallet's answer: OpenID4VP 1.0, 8.2, response mode `direct_post`."""
    if where not in Where:
        raise Http404
    if request.content_type != _FORM:
        return problems.response(415, f"Send {_FORM}.")
    at = timezone.now()
    try:
        if request.POST.get("error"):
            services.note_refusal(uid, services.DECLINED, at=at)
            return JsonResponse({})
        return _taken(uid, Where(where), request.POST.get("vp_token", ""))
    except services.NoSuchRequest:
        return problems.response(404, "No request waits for this answer. Ask for a new one on the page.")


def _taken(uid: UUID, where: Where, vp_token: str) -> HttpResponse:
    at = timezone.now()
    try:
        code = services.receive(uid, where, vp_token, at=at)
    except Busy as busy:
        services.note_refusal(uid, busy.code, at=at)
        return problems.response(503, "Too many answers are being looked at. Ask for a new request in a minute.")
    except Refused as refused:
        services.note_refusal(uid, refused.code, at=at)
        return problems.response(400, f"The answer does not count: {refused.code}.")
    if not code:
        return JsonResponse({})
    back = reverse("wallet:back", args=[uid]) + "?" + urlencode({"code": code})
    return JsonResponse({"redirect_uri": config.current().server.site_url + back})


@access.public
@never_cache
@require_safe
@own_attempt
def back(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Take a visitor back whose wallet is on the same device, and go on with what it sent."""
    # Where it is over or the code is another one, the page says what there is to do.
    with contextlib.suppress(attempts.AttemptOver, Again):
        attempts.answer(attempt, {"code": request.GET.get("code", "")}, at=timezone.now())
    return redirect("age:attempt", uid=attempt.uid)


@access.public
@never_cache
@require_POST
@own_attempt
def brought(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Take what the browser brought from a wallet, and go on with it."""
    at = timezone.now()
    # Where it is over, the page says what there is to do.
    with contextlib.suppress(services.NoSuchRequest):
        try:
            services.receive_brought(attempt.uid, request.POST.get("browser_answer", ""), at=at)
        except Refused as refused:
            services.note_refusal(attempt.uid, refused.code, at=at)
    attempt.refresh_from_db(fields=["memory"])
    with contextlib.suppress(attempts.AttemptOver, Again):
        attempts.answer(attempt, {}, at=timezone.now())
    return redirect("age:attempt", uid=attempt.uid)


@access.public
@never_cache
@require_safe
@own_attempt
def state(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Say whether the visitor's page can go on."""
    return JsonResponse({"is_answered": services.is_answered(attempt)})
