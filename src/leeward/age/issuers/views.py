"""The operator's page of issuers: whose proofs of age count, who said so, and which lists are followed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.age.issuers import certificates, services
from leeward.age.issuers.forms import CertificatesForm, ListForm
from leeward.age.issuers.models import Form, Issuer, IssuerList
from leeward.core import access
from leeward.core.models import Role

operator = access.roles(Role.OPERATOR)


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show every issuer, those first that wait for a person."""
    return _shown(request, CertificatesForm(prefix="file"), ListForm(prefix="list"))


def _shown(request: HttpRequest, by_hand: CertificatesForm, by_list: ListForm) -> HttpResponse:
    order = [Issuer.State.WAITING, Issuer.State.TRUSTED, Issuer.State.WITHDRAWN]
    issuers = sorted(
        Issuer.objects.select_related("decided_by", "source"), key=lambda one: order.index(Issuer.State(one.state))
    )
    context = {
        "issuers": issuers,
        "lists": IssuerList.objects.all(),
        "trusted_count": sum(one.state == Issuer.State.TRUSTED for one in issuers),
        "waiting_count": sum(one.state == Issuer.State.WAITING for one in issuers),
        "now": timezone.now(),
        "by_hand": by_hand,
        "by_list": by_list,
    }
    return render(request, "age/issuers.html", context, status=422 if by_hand.errors or by_list.errors else 200)


@operator
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Trust the issuers of a file."""
    form = CertificatesForm(request.POST, request.FILES, prefix="file")
    if not form.is_valid():
        return _shown(request, form, ListForm(prefix="list"))
    try:
        count = services.add(
            Form(form.cleaned_data["form"]), form.cleaned_data["file"], by=access.person(request), at=timezone.now()
        )
    except certificates.NoCertificates:
        form.add_error("file", _("No certificate of an issuer is in the file. Take its root certificate, as PEM."))
        return _shown(request, form, ListForm(prefix="list"))
    messages.success(request, _("Issuers that count from now on: %(count)d.") % {"count": count})
    return redirect("issuers:overview")


@operator
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow a list."""
    form = ListForm(request.POST, prefix="list")
    if not form.is_valid():
        return _shown(request, CertificatesForm(prefix="file"), form)
    try:
        services.follow(Form(form.cleaned_data["form"]), form.cleaned_data["address"], at=timezone.now())
    except services.FollowedAlready:
        form.add_error("address", _("This list is followed already."))
        return _shown(request, CertificatesForm(prefix="file"), form)
    messages.success(request, _("The list is asked within a minute. What it names waits for you here."))
    return redirect("issuers:overview")


@operator
@require_POST
def unfollow(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask a list no more."""
    services.unfollow(get_object_or_404(IssuerList, uid=uid))
    messages.success(request, _("The list is asked no more. Issuers that you trusted still count."))
    return redirect("issuers:overview")


@operator
@require_POST
def trust(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let an issuer's proofs count."""
    try:
        services.trust(get_object_or_404(Issuer, uid=uid), by=access.person(request), at=timezone.now())
    except services.IssuerMoved:
        messages.warning(request, _("Somebody decided about it meanwhile."))
    else:
        messages.success(request, _("Its proofs count now. You can withdraw it below."))
    return redirect("issuers:overview")


@operator
@require_POST
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let an issuer's proofs count no more."""
    try:
        services.withdraw(get_object_or_404(Issuer, uid=uid), by=access.person(request), at=timezone.now())
    except services.IssuerMoved:
        messages.warning(request, _("Somebody decided about it meanwhile."))
    else:
        messages.success(request, _("Its proofs count no more. You can trust it again below."))
    return redirect("issuers:overview")
