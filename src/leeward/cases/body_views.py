"""The pages of bodies and queues: who may be responsible, how they are reached, and where cases wait here."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.cases import leg_making, responsible
from leeward.cases import queue as waiting_room
from leeward.cases.leg_forms import BodyForm, ContactForm, QueueForm
from leeward.cases.models import Body, Contact, Queue
from leeward.cases.rule_views import senior
from leeward.cases.views import desk
from leeward.core import access
from leeward.core.models import Role, User


@desk
@never_cache
@require_safe
def bodies(request: HttpRequest) -> HttpResponse:
    """Show every body, how it is reached, and what runs there."""
    running = Count("legs", filter=Q(legs__state__in=leg_making.RUNNING), distinct=True)
    late = Count("legs", filter=Q(legs__state__in=leg_making.RUNNING, legs__is_breached=True), distinct=True)
    found = Body.objects.annotate(running=running, late=late).prefetch_related("contacts")
    context = {"bodies": found.order_by("kind", "name"), "is_senior": _is_senior(access.person(request))}
    return render(request, "cases/bodies.html", context)


def _is_senior(person: User) -> bool:
    return Role.SENIOR_REVIEWER in person.roles


@desk
@never_cache
@require_safe
def body(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one body."""
    return _page(request, get_object_or_404(Body, slug=slug), ContactForm(initial={"transport": "task"}))


def _page(request: HttpRequest, found: Body, form: ContactForm, *, secret: str = "", status: int = 200) -> HttpResponse:
    contacts = found.contacts.select_related("endpoint").order_by("pk")
    context = {
        "body": found,
        "contacts": [(contact, leg_making.sends_itself(contact)) for contact in contacts],
        "form": form,
        "secret": secret,
        "is_senior": _is_senior(access.person(request)),
    }
    return render(request, "cases/body.html", context, status=status)


@senior
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def body_add(request: HttpRequest) -> HttpResponse:
    """Add a body."""
    form = BodyForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and Body.objects.filter(slug=form.cleaned_data["slug"]).exists():
        form.add_error("slug", _("Another body has this short name. Choose another one."))
    return _kept(request, form, None)


@senior
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def body_change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what is known of a body."""
    found = get_object_or_404(Body, slug=slug)
    form = BodyForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(found, name) for name in BodyForm.base_fields},
    )
    del form.fields["slug"]
    return _kept(request, form, found)


def _kept(request: HttpRequest, form: BodyForm, found: Body | None) -> HttpResponse:
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "cases/body_form.html", {"form": form, "body": found}, status=status)
    slug = found.slug if found else form.cleaned_data["slug"]
    responsible.keep_body(slug, form.profile(), by=access.person(request), at=timezone.now())
    messages.success(request, _("It is kept. Check the contacts, and then confirm it."))
    return redirect("cases:body", slug=slug)


@senior
@require_POST
def body_confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that a body and its contacts were checked."""
    found = get_object_or_404(Body, slug=slug)
    try:
        responsible.confirm(found, by=access.person(request), at=timezone.now())
    except responsible.ConfirmedAlready:
        messages.info(request, _("It was confirmed already."))
    else:
        messages.success(request, _("It is confirmed. Legs are sent there by themselves from now on."))
    return redirect("cases:body", slug=slug)


@senior
@never_cache
@require_POST
def contact_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a way to reach a body."""
    found, form = get_object_or_404(Body, slug=slug), ContactForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        secret = _added(found, form, by=access.person(request))
    except responsible.NotSafe:
        form.add_error("url", _("It must begin with https://, so that nobody reads it on its way."))
        return _page(request, found, form, status=422)
    if secret:
        # Shown on this page and kept nowhere that a page can read again.
        found.refresh_from_db()
        return _page(request, found, ContactForm(initial={"transport": "task"}), secret=secret)
    messages.success(request, _("The contact is added. Confirm the body when it was checked."))
    return redirect("cases:body", slug=slug)


def _added(found: Body, form: ContactForm, *, by: User) -> str:
    values, at = form.cleaned_data, timezone.now()
    natures, transport = values["natures"], Contact.Transport(values["transport"])
    if transport == Contact.Transport.WEBHOOK:
        return responsible.add_webhook(found, url=values["url"], natures=natures, by=by, at=at)[1]
    if transport == Contact.Transport.TASK:
        responsible.add_task(found, natures=natures, by=by, at=at)
    else:
        is_xarf = transport == Contact.Transport.XARF
        responsible.add_mail(found, mail=values["mail"], is_xarf=is_xarf, natures=natures, by=by, at=at)
    return ""


@senior
@require_POST
def contact_remove(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Remove a way to reach a body."""
    contact = get_object_or_404(Contact.objects.select_related("body", "endpoint"), pk=number, body__slug=slug)
    responsible.remove_contact(contact, by=access.person(request), at=timezone.now())
    messages.info(request, _("The contact is gone. Confirm the body again."))
    return redirect("cases:body", slug=slug)


@desk
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def queues(request: HttpRequest) -> HttpResponse:
    """Show the queues of this desk, and let a senior reviewer add one or name it anew."""
    person = access.person(request)
    form = QueueForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_senior(person):
        responsible.keep_queue(form.cleaned_data["slug"], form.cleaned_data["title"], by=person)
        messages.success(request, _("The queue is kept."))
        return redirect("cases:queues")
    waiting = dict(waiting_room.undecided().values_list("queue").annotate(number=Count("pk")).order_by())
    found = [
        (queue, waiting.get(queue.slug, 0), queue.slug != Queue.TRIAGE) for queue in Queue.objects.order_by("slug")
    ]
    context = {"queues": found, "form": form, "is_senior": _is_senior(person)}
    return render(request, "cases/queues.html", context, status=422 if form.errors else 200)


@senior
@require_POST
def queue_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a queue that nothing needs."""
    try:
        responsible.delete_queue(get_object_or_404(Queue, slug=slug), by=access.person(request))
    except responsible.QueueStays:
        messages.warning(request, _("This queue stays: it is «triage», or cases wait in it, or a rule sends there."))
    return redirect("cases:queues")
