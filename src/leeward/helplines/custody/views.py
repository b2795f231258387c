"""The keys page. Whatever is secret is made, sealed and opened by its script; these doors take and give what is sealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role, User
from leeward.helplines import octets
from leeward.helplines.conversations.models import Desk, DeskKey
from leeward.helplines.custody import holding, services
from leeward.helplines.custody.forms import BeginForm, CopyForm, HolderForm, OwnForm, ShareForm
from leeward.helplines.custody.models import KeyCopy, PersonKey
from leeward.helplines.shifts import services as shifts

staff = access.roles(Role.COUNSELLOR, Role.SUPERVISOR)
_REFUSED = (
    services.HasKey,
    services.NoKey,
    services.NotForYou,
    services.NotAtThisDesk,
    services.SharesDoNotFit,
    services.KeyTaken,
)


def _key(request: HttpRequest, pk: int) -> DeskKey:
    """Return a key of a desk at which the person sits, or «nothing here»."""
    keys = DeskKey.objects.filter(desk__in=shifts.desks_of(access.person(request))).select_related("desk")
    return get_object_or_404(keys, pk=pk)


@staff
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show my key, and who can open what at each of my desks."""
    person = access.person(request)
    desks = [holding.of(desk, person=person) for desk in shifts.desks_of(person)]
    context = {
        "desks": desks,
        "facts": [desk.facts() for desk in desks],
        "mine": PersonKey.objects.filter(person=person).first(),
        "mine_facts": _mine(person),
        "is_supervisor": Role.SUPERVISOR in person.roles,
    }
    return render(request, "helplines/custody/keys.html", context)


@staff
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Return the person's own keys, wrapped and sealed, for the keyring of the desk page."""
    return JsonResponse(_mine(access.person(request)))


def _mine(person: User) -> dict[str, Any]:
    key = PersonKey.objects.filter(person=person).first()
    desks = shifts.desks_of(person)
    copies = (
        KeyCopy.objects.filter(holder=key, desk_key__desk__in=desks).select_related("desk_key__desk") if key else []
    )
    return {
        "id": key.pk if key else None,
        "public": octets.text_of(key.public) if key else None,
        "wrapped": octets.text_of(key.wrapped) if key else None,
        "copies": [
            {
                "desk": str(copy.desk_key.desk.uid),
                "public": octets.text_of(copy.desk_key.public),
                "sealed": octets.text_of(copy.sealed),
            }
            for copy in copies
        ],
        "words": {
            "title": _("Unlock your key"),
            "passphrase": _("Passphrase"),
            "unlock": _("Unlock"),
            "later": _("Not now"),
            "wrong": _("This passphrase does not open your key. Type it again."),
            "none": _("You have no key yet. Make one under «Keys of the desk» first."),
            "keys": _("Keys of the desk"),
        },
    }


def _answered(does: Callable[[], object]) -> HttpResponse:
    try:
        does()
    except _REFUSED as refused:
        return _no(_words(refused), status=409)
    return HttpResponse(status=204)


def _no(words: str, *, status: int = 422) -> HttpResponse:
    return JsonResponse({"words": words}, status=status)


def _unreadable() -> HttpResponse:
    return _no(_("This could not be read, and nothing was changed. Load the page again."))


def _words(refused: Exception) -> str:
    return {
        services.HasKey: _("You have a key already. Load the page again."),
        services.NoKey: _("Make a key of your own first."),
        services.NotForYou: _("Only a supervisor of this desk who holds its key can do this, and the last copy stays."),
        services.NotAtThisDesk: _("Somebody has no place at this desk any more. Load the page again."),
        services.SharesDoNotFit: _("The shares do not fit the supervisors of this desk. Load the page again."),
        services.KeyTaken: _("This key is there already. Load the page again."),
    }[type(refused)]


@staff
@require_POST
def own(request: HttpRequest) -> HttpResponse:
    """Take a person's new key pair."""
    form = OwnForm(request.POST)
    if not form.is_valid():
        return _unreadable()
    said, person = form.cleaned_data, access.person(request)
    make = services.replace_own if said["is_new_one"] else services.make_own
    return _answered(lambda: make(person, public=said["public"], wrapped=said["wrapped"], at=timezone.now()))


@staff
@require_POST
def begin(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a desk's new key."""
    person, form = access.person(request), BeginForm(request.POST)
    desk = get_object_or_404(Desk.objects.filter(pk__in=shifts.desks_of(person)), uid=uid)
    if not form.is_valid():
        return _unreadable()
    said = form.cleaned_data
    return _answered(
        lambda: services.begin(
            desk,
            by=person,
            public=said["public"],
            copies=said["copies"],
            shares=said["shares"],
            at=timezone.now(),
        )
    )


@staff
@require_POST
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a copy for a colleague."""
    key, form = _key(request, pk), CopyForm(request.POST)
    if not form.is_valid():
        return _unreadable()
    return _answered(lambda: services.give(key, form.copy(), by=access.person(request), at=timezone.now()))


@staff
@require_POST
def take_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a copy from somebody."""
    key, form = _key(request, pk), HolderForm(request.POST)
    if not form.is_valid():
        return _unreadable()
    holder = form.cleaned_data["holder"]
    return _answered(lambda: services.take_away(key, holder=holder, by=access.person(request), at=timezone.now()))


@staff
@require_POST
def lend(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a share that is lent to a colleague."""
    key, form = _key(request, pk), ShareForm(request.POST)
    if not form.is_valid():
        return _unreadable()
    return _answered(lambda: services.lend_share(key, form.share(), by=access.person(request), at=timezone.now()))


@staff
@require_POST
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a key that a supervisor joined from shares."""
    key, form = _key(request, pk), CopyForm(request.POST)
    if not form.is_valid():
        return _unreadable()
    return _answered(lambda: services.bring_back(key, form.copy(), by=access.person(request), at=timezone.now()))
