"""The operator's page of lists: what each one gave, where it is wrong, and what a person has to look at."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role
from leeward.engines import policy
from leeward.engines.policy import family
from leeward.filtering.lists import coverage, presets, services, taking
from leeward.filtering.lists.forms import ListForm
from leeward.filtering.lists.models import ListFetch, ListSource

operator = access.roles(Role.OPERATOR)
_SHOWN_FETCHES = 5


@dataclass(frozen=True)
class Shown:
    """One list as the page shows it. `latest` is the newest fetch that gave a file: its faults are those of the list."""

    source: ListSource
    meaning: object
    fetches: list[ListFetch]
    latest: ListFetch | None
    why: str

    @property
    def tables(self) -> list[tuple[object, list[object]]]:
        """Return the first wrong lines, and the first lines that are not about names, each under its title."""
        if self.latest is None:
            return []
        return [(_("The first wrong lines"), self.latest.faults), (_("The first lines left out"), self.latest.left_out)]


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show each list with its state and its faults, the ones that can be switched on, and which list speaks of a name."""
    sources = list(ListSource.objects.order_by("name"))
    in_use = {source.slug for source in sources if source.state != ListSource.State.OFF}
    offered = [
        {"preset": preset, "meaning": _meaning(preset.marks)}
        for preset in presets.presets()
        if preset.slug not in in_use
    ]
    name = request.GET.get("name", "").strip()
    context: dict[str, object] = {
        "shown": [_shown(source) for source in sources if source.slug in in_use],
        "offered": offered,
        "without_list": coverage.without_list(),
        "name": name,
        "said": None,
    }
    if name:
        try:
            context["said"] = services.who_says(name)
        except policy.NotAHostName as error:
            context["wrong_name"] = f"{error.place}: {error.reason}; {error.next_step}."
    return render(request, "filtering/lists.html", context, status=422 if "wrong_name" in context else 200)


def _shown(source: ListSource) -> Shown:
    fetches = list(source.fetches.order_by("-at", "-pk"))
    gave = (ListFetch.Outcome.TAKEN, ListFetch.Outcome.QUARANTINED)
    latest = next((fetch for fetch in fetches if fetch.outcome in gave), None)
    why = ListFetch.Reason(source.error).label if source.error else ""
    return Shown(source, _meaning(source.marks), fetches[:_SHOWN_FETCHES], latest, why)


def _meaning(marks: str) -> object:
    if marks == taking.RESETS:
        return _("These names stay open")
    try:
        return family.catalogue().entry(marks).title
    except family.UnknownSlug:
        return marks


@operator
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Switch a list on."""
    wanted = request.POST.get("preset", "")
    preset = next((preset for preset in presets.presets() if preset.slug == wanted), None)
    if preset is None:
        raise Http404
    services.subscribe(preset, by=access.person(request), at=timezone.now())
    messages.success(request, _("The list is switched on. It is fetched now; look again in a moment."))
    return redirect("lists:overview")


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_to_own(request: HttpRequest) -> HttpResponse:
    """Switch on a list by its address."""
    form = ListForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "filtering/list.html", {"form": form}, status=422 if form.is_bound else 200)
    services.subscribe(form.preset(), by=access.person(request), at=timezone.now())
    messages.success(request, _("The list is switched on. It is fetched now; look again in a moment."))
    return redirect("lists:overview")


@operator
@require_POST
def fetch(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for a list now."""
    services.fetch_soon(get_object_or_404(ListSource, slug=slug), at=timezone.now())
    messages.info(request, _("The list is fetched now. Look again in a moment."))
    return redirect("lists:overview")


@operator
@require_POST
def release(request: HttpRequest, slug: str) -> HttpResponse:
    """Put in force what waited for a person."""
    source, waiting = get_object_or_404(ListSource, slug=slug), request.POST.get("waiting", "")
    try:
        services.release(source, waiting=waiting, by=access.person(request), at=timezone.now())
    except services.NothingWaits:
        messages.warning(request, _("Nothing of this list waits any more. Nothing changed."))
    else:
        messages.success(request, _("The new state of the list is in force."))
    return redirect("lists:overview")


@operator
@require_POST
def switch_off(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a list close nothing any more."""
    services.switch_off(get_object_or_404(ListSource, slug=slug), by=access.person(request), at=timezone.now())
    messages.success(request, _("The list is off. It closes nothing any more."))
    return redirect("lists:overview")
