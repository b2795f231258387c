"""The operator says which areas ask for which age, sees how to put the gate there, and takes lists of codes in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age import attempts, configurations, services, ways
from leeward.age import records as lists
from leeward.age.forms import RecordsForm, RequirementForm, SiteForm
from leeward.age.models import AgeRecord, AgeTransaction, Requirement, Site
from leeward.core import access
from leeward.core.models import Role

operator = access.roles(Role.OPERATOR)


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show every site with what its areas ask for, and how far visitors got."""
    context = {
        "sites": Site.objects.prefetch_related("requirements"),
        "counts": AgeRecord.objects.values("source").annotate(count=Count("pk")),
    }
    return render(request, "age/operator.html", context)


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_site(request: HttpRequest) -> HttpResponse:
    """Add a site."""
    form = SiteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.add_site(**form.cleaned_data, at=timezone.now())
        except services.NameTaken:
            form.add_error("slug", _("A site of this short name or of this address is there already."))
        else:
            messages.success(request, _("The site is there. Say now what its area asks for."))
            return redirect("age:operator")
    return render(request, "age/site_add.html", {"form": form}, status=422 if form.is_bound else 200)


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def require(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what an area of a site asks for."""
    site = get_object_or_404(Site, uid=uid)
    form = RequirementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = services.require(site, form.draft(), actor=f"user:{request.user.pk}", at=timezone.now())
        except services.NameTaken:
            form.add_error("slug", _("An area of this short name is there already. Choose another one."))
        else:
            return redirect("age:requirement", uid=made.uid)
    return render(request, "age/require.html", {"form": form, "site": site}, status=422 if form.is_bound else 200)


@operator
@never_cache
@require_safe
def requirement(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what an area asks for, which methods can open it, and what to write into the proxy."""
    shown = get_object_or_404(Requirement.objects.select_related("site"), uid=uid)
    states = Count("pk", filter=Q(state=AgeTransaction.State.SATISFIED))
    figures = shown.transactions.order_by().values("method").annotate(begun=Count("pk"), shown=states)
    context = {
        "requirement": shown,
        "methods": [(ways.title(one.id), one) for one in attempts.offered(shown)],
        "figures": [(ways.title(one["method"]), one) for one in figures.order_by("method")],
        "configurations": configurations.of(shown),
    }
    return render(request, "age/requirement.html", context)


@operator
@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask for no age there any more."""
    shown = get_object_or_404(Requirement, uid=uid)
    try:
        services.close(shown, actor=f"user:{request.user.pk}", at=timezone.now())
    except services.AlreadyClosed:
        messages.info(request, _("It was closed already."))
    else:
        messages.success(request, _("Closed. Its gate lets nobody in until you take it out of the proxy."))
    return redirect("age:operator")


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def records(request: HttpRequest) -> HttpResponse:
    """Take in a list of codes; with one fault in it nothing of it is taken."""
    is_sent = request.method == "POST"
    form = RecordsForm(request.POST, request.FILES) if is_sent else RecordsForm()
    faults: list[lists.Fault] = []
    if form.is_valid():
        try:
            years = lists.read(form.lines())
        except UnicodeDecodeError:
            form.add_error("file", _("This is no text in UTF-8. Save the list as CSV in UTF-8."))
        except lists.ListRefused as refused:
            faults = refused.faults
        else:
            source, actor = AgeRecord.Source(form.cleaned_data["source"]), f"user:{request.user.pk}"
            dropped = lists.take(source, years, actor=actor, at=timezone.now())
            said = _("Taken: %(count)s codes. No longer in the list, so erased: %(dropped)s.")
            messages.success(request, said % {"count": len(years), "dropped": dropped})
            return redirect("age:operator")
    context = {"form": form, "faults": faults}
    return render(request, "age/records.html", context, status=422 if is_sent else 200)
