"""The check list: one row after another, with all that is known of it, until a named person vouches for each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role, User
from leeward.helplines.directory import progress, services
from leeward.helplines.directory.drafts import Facts
from leeward.helplines.directory.forms import FileForm, RowForm, VouchForm, initial_of
from leeward.helplines.directory.models import Check, Contact, Service

staff = access.roles(Role.COUNSELLOR, Role.SUPERVISOR, Role.OPERATOR)
_ROWS_A_PAGE = 50


@staff
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show how far the checking is, and the rows of one state or country."""
    at = timezone.now()
    rows = Service.objects.order_by("country", "kind", "name").annotate(way_count=Count("contacts"))
    state, country = request.GET.get("state", ""), request.GET.get("country", "").upper()[:2]
    if state in Service.State.values:
        rows = rows.filter(state=state)
    if country:
        rows = rows.filter(country=country)
    context = {
        "progress": progress.of_all(at=at),
        "page": Paginator(rows.prefetch_related("contacts"), _ROWS_A_PAGE).get_page(request.GET.get("page")),
        "states": Service.State.choices,
        "state": state,
        "country": country,
        "broken": Contact.objects.exclude(fault="")
        .exclude(service__state=Service.State.RETIRED)
        .select_related("service"),
        "file_form": FileForm(),
    }
    return render(request, "helplines/directory.html", context)


@staff
@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Take a file of drafts, whole or not at all."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        for error in form.errors.get("file", []):
            messages.error(request, str(error))
        return redirect("helpline_directory:overview")
    done = services.import_drafts(form.drafts, by=access.person(request), at=timezone.now())
    words = ngettext("%(count)s new draft.", "%(count)s new drafts.", done.new_count) % {"count": done.new_count}
    messages.success(request, words)
    if done.differing:
        words = _("The file says something else than rows that are here: %(rows)s. Look at their doubts.")
        messages.warning(request, words % {"rows": "; ".join(done.differing[:20])})
    return redirect("helpline_directory:overview")


@staff
@never_cache
@require_safe
def next_row(request: HttpRequest) -> HttpResponse:
    """Lead to the next row that waits for a person."""
    row = services.to_check(at=timezone.now()).first()
    return redirect("helpline_directory:row", uid=row.uid) if row else redirect("helpline_directory:overview")


@staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add a row by hand."""
    form = RowForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.facts:
        try:
            row = services.add(form.facts, by=access.person(request), at=timezone.now())
        except services.ListedAlready:
            form.add_error("name", _listed())
        else:
            return redirect("helpline_directory:row", uid=row.uid)
    return render(request, "helplines/directory_add.html", {"form": form}, status=422 if form.is_bound else 200)


@staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one row with everything that helps to judge it, and take the judgement."""
    found = get_object_or_404(Service, uid=uid)
    if request.method != "POST":
        return _shown(request, found, RowForm(initial=initial_of(found)), VouchForm())
    form, vouch = RowForm(request.POST), VouchForm(request.POST)
    do = request.POST.get("do", "")
    if do == "skip":
        services.skip(found, at=timezone.now())
        return redirect("helpline_directory:next")
    if not form.is_valid() or form.facts is None or (do == "check" and not vouch.is_valid()):
        return _shown(request, found, form, vouch if do == "check" else VouchForm(), status=422)
    return _judged(request, found, form, vouch, do=do)


def _judged(request: HttpRequest, found: Service, form: RowForm, vouch: VouchForm, *, do: str) -> HttpResponse:
    assert form.facts is not None  # noqa: S101  # A valid form has them.
    seen_at, at, by = form.cleaned_data["seen_at"] or found.changed_at, timezone.now(), access.person(request)
    try:
        if do == "check":
            given = vouch.cleaned_data
            how = Service.How(given["how"])
            services.check(found, form.facts, how=how, note=given["vouch_note"], seen_at=seen_at, by=by, at=at)
        elif do == "retire":
            services.retire(found, note=form.facts.note, seen_at=seen_at, by=by, at=at)
        else:
            services.change(found, _with_doubts(form.facts, found), seen_at=seen_at, by=by, at=at)
            return redirect("helpline_directory:row", uid=found.uid)
    except services.ChangedMeanwhile:
        messages.warning(request, _("Somebody changed this row meanwhile. This is how it stands now. Look again."))
        return redirect("helpline_directory:row", uid=found.uid)
    except services.ListedAlready:
        form.add_error("name", _listed())
        return _shown(request, found, form, vouch, status=422)
    return redirect("helpline_directory:next")


def _listed() -> str:
    return _("There is a row of this country, kind and name. Change that one.")


def _with_doubts(facts: Facts, found: Service) -> Facts:
    """Keep the doubts until somebody vouches: a correction answers none of them by itself."""
    return Facts(**{**vars(facts), "doubts": tuple(found.doubts)})


def _shown(request: HttpRequest, found: Service, form: RowForm, vouch: VouchForm, *, status: int = 200) -> HttpResponse:
    at, by = timezone.now(), access.person(request)
    context = {
        "row": found,
        "form": form,
        "vouch": vouch,
        "ways": found.contacts.all(),
        "beside": Service.objects.filter(country=found.country).exclude(pk=found.pk).prefetch_related("contacts")[:20],
        "history": found.checks.order_by("-pk")[:20],
        "progress": progress.of_all(at=at),
        "last": _last_of(by, at=at),
        "can_undo": services.undoable(found, by=by, at=at) is not None,
    }
    return render(request, "helplines/directory_row.html", context, status=status)


def _last_of(by: User, *, at: datetime) -> Check | None:
    """Return this person's last step, wherever it was, while it can be undone: the page has moved on to the next row."""
    last = Check.objects.filter(by=by, before__isnull=False).select_related("service").order_by("-pk").first()
    return last if last and services.undoable(last.service, by=by, at=at) == last else None


@staff
@require_POST
def undo(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back the last step of this person with this row."""
    found = get_object_or_404(Service, uid=uid)
    try:
        services.undo(found, by=access.person(request), at=timezone.now())
    except (services.NothingToUndo, services.ChangedMeanwhile, services.ListedAlready):
        messages.warning(request, _("That cannot be undone any more."))
    else:
        messages.success(request, _("Undone. Everything is as it was."))
    return redirect("helpline_directory:row", uid=uid)
