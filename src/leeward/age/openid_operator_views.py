"""The operator says which programs of a site may ask for ages by OpenID Connect."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leeward.age.forms import OpenIdClientForm
from leeward.age.models import OpenIdClient, Site
from leeward.age.openid import services
from leeward.core import access
from leeward.core.models import Role

operator = access.roles(Role.OPERATOR)


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def clients(request: HttpRequest) -> HttpResponse:
    """Show every client, and add one; its secret is shown once."""
    form = OpenIdClientForm(request.POST if request.method == "POST" else None)
    made, secret = None, ""
    if form.is_valid():
        site, uri = form.cleaned_data["site"], form.cleaned_data["redirect_uri"]
        made, secret = services.add(site.pk, redirect_uri=uri, has_secret=form.has_secret, at=timezone.now())
        form = OpenIdClientForm()
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "issuer": services.issuer(),
        "clients": OpenIdClient.objects.filter(closed_at=None).select_related("site"),
        "has_sites": Site.objects.exists(),
    }
    return render(request, "age/openid/clients.html", context, status=422 if form.errors else 200)


@operator
@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer a client no more."""
    try:
        services.close(get_object_or_404(OpenIdClient, uid=uid), at=timezone.now())
    except services.AlreadyClosed:
        messages.info(request, _("It was closed already."))
    else:
        messages.success(request, _("Closed. This program gets no answer any more."))
    return redirect("age:openid_clients")
