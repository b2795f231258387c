"""The doors of services that are asked: where visitors come back, and the operator's pages."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age import key_views
from leeward.age.models import AgeTransaction
from leeward.age.upstream import assertions, memory, services
from leeward.age.upstream.choices import Service
from leeward.age.upstream.forms import FORMS
from leeward.age.upstream.models import Provider
from leeward.age.upstream.refusing import Refused
from leeward.age.views import own_attempt
from leeward.core import access
from leeward.core.models import Role

operator = access.roles(Role.OPERATOR)


@access.public
@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Take a visitor back from a service, in the very browser that went there."""
    uid: UUID | None = memory.attempt_of(request.GET.get("state", ""))
    if uid is None:
        raise Http404
    return _back_to(request, uid=uid)


@own_attempt
def _back_to(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    said = {name: request.GET.get(name, "") for name in ("state", "code", "error")}
    try:
        services.receive(attempt, services.Returned(issuer=request.GET.get("iss", ""), **said), at=timezone.now())
    except memory.NotAsked:
        # Whoever goes back in the browser, or comes too late, sees how it ended.
        if attempt.state == AgeTransaction.State.PENDING:
            raise Http404 from None
    return redirect("age:attempt", uid=attempt.uid)


@access.public
@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """Give the key with which we sign in at services that are asked, as a JWK set."""
    answer = JsonResponse(assertions.jwks(), content_type=key_views.MEDIA_TYPE)
    answer["Cache-Control"] = f"public, max-age={key_views.KEPT_S}"
    return answer


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show both ways, and which of them is on."""
    there = {provider.service: provider for provider in Provider.objects.all()}
    ways = [(service, there.get(service.value)) for service in Service]
    return render(request, "age/upstream/services.html", {"ways": ways})


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, service: str) -> HttpResponse:
    """Set a service up, or anew."""
    if service not in FORMS:
        raise Http404
    there = Provider.objects.filter(service=service).first()
    is_sent = request.method == "POST"
    known = model_to_dict(there, exclude=["secret"]) if there else None
    form = FORMS[service](request.POST if is_sent else None, initial=known, has_secret=bool(there and there.secret))
    if form.is_valid():
        try:
            services.set_up(form.draft(), actor=f"user:{request.user.pk}", at=timezone.now())
        except Refused as refused:
            form.refuse(refused.code)
        else:
            messages.success(request, _("Set up. Visitors are offered this way from now on."))
            return redirect("age_upstream:overview")
    context = {"form": form, "service": Service(service), "back": services.back(), "keys": services.keys()}
    return render(request, "age/upstream/set_up.html", context, status=422 if is_sent else 200)


@operator
@require_POST
def switch(request: HttpRequest, service: str) -> HttpResponse:
    """Offer a service to visitors, or no more."""
    provider = get_object_or_404(Provider, service=service)
    is_open = request.POST.get("is_open") == "yes"
    try:
        services.switch(provider, is_open=is_open, actor=f"user:{request.user.pk}", at=timezone.now())
    except services.SwitchedAlready:
        messages.info(request, _("It was switched already."))
    else:
        said = _("It is on. Visitors are offered this way.") if is_open else _("It is off. You can switch it on again.")
        messages.success(request, said)
    return redirect("age_upstream:overview")
