"""The child's pages: ask the family for something, see the answer, take it back, and say who shall not decide."""

from __future__ import annotations

import re
from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.core.models import Organisation
from leeward.families.birthdays import services as birthdays
from leeward.families.models import Child
from leeward.families.permission import cards, deciding, links, services
from leeward.families.permission.child_pages import own, show
from leeward.families.permission.choices import LinkState, Scope, Sign, State
from leeward.families.permission.models import TICKET_MAX, GuardianLink, Permission
from leeward.families.services import NoSuchChild

_TICKET = re.compile(rf"[A-Za-z0-9_-]{{1,{TICKET_MAX}}}")
_OPEN = (State.ASKED, State.GRANTED, State.FROZEN)


@access.public
@never_cache
@require_safe
@own
def ask(request: HttpRequest, child: Child) -> HttpResponse:
    """Show what the child asked, and let it ask. A service may send it here with `service`, `scopes` and `ticket`."""
    return _page(request, child, request.GET)


def _page(request: HttpRequest, child: Child, said: QueryDict, *, fault: str = "", status: int = 200) -> HttpResponse:
    at = timezone.now()
    services_here = Organisation.objects.filter(kind=Organisation.Kind.PROVIDER).order_by("name")
    chosen = services_here.filter(slug=said.get("service", "")).first()
    scopes = _scopes(said)
    context = {
        "services": [chosen] if chosen else services_here,
        "chosen": chosen,
        "scopes": [(scope, scope in scopes) for scope in Scope if not scopes or scope in scopes],
        "is_sent": bool(chosen and scopes),
        "ticket": _ticket(said),
        "mine": child.permissions.select_related("service")[:20],
        "coming": birthdays.coming(child) if birthdays.nears_days(child) else None,
        "fault": fault,
        "has_decider": services.has_decider(child),
        "at": at,
    }
    return show(request, child, "permission/child_ask.html", context, status=status)


def _scopes(said: QueryDict) -> list[Scope]:
    """Read what is asked: once as a list with commas, as a service writes it, or several times, as a form does."""
    wanted = {word for value in said.getlist("scopes") for word in value.split(",")}
    return [scope for scope in Scope if scope.value in wanted]


def _ticket(said: QueryDict) -> str:
    ticket = said.get("ticket", "")
    return ticket if _TICKET.fullmatch(ticket) else ""


@access.public
@require_POST
@own
def send(request: HttpRequest, child: Child) -> HttpResponse:
    """Ask."""
    said = request.POST
    service = Organisation.objects.filter(kind=Organisation.Kind.PROVIDER, slug=said.get("service", "")).first()
    scopes = _scopes(said)
    if service is None or not scopes:
        return _page(request, child, said, fault="choose", status=422)
    draft = services.AskDraft(service, scopes, _ticket(said))
    try:
        permission = services.ask(child, draft, at=timezone.now())
    except deciding.TooYoung:
        return _page(request, child, said, fault="too_young", status=422)
    except services.TooManyAsks:
        return _page(request, child, said, fault="too_many", status=429)
    except NoSuchChild:
        return redirect("ask:ask")
    return redirect("ask:asked", uid=permission.uid)


@access.public
@never_cache
@require_safe
@own
def asked(request: HttpRequest, child: Child, uid: UUID) -> HttpResponse:
    """Show one question and its answer, which is the child's receipt."""
    permission = _own(child, uid)
    context = {
        "permission": permission,
        "scopes": permission.granted if permission.granted else permission.asked,
        "refused": [scope for scope in permission.asked if permission.granted and scope not in permission.granted],
        "is_alone": permission.is_alone,
        "can_take_back": permission.state in _OPEN,
        "proofs": cards.proofs(permission),
    }
    return show(request, child, "permission/child_asked.html", context)


def _own(child: Child, uid: UUID) -> Permission:
    return get_object_or_404(Permission.objects.select_related("service"), uid=uid, child=child)


@access.public
@require_POST
@own
def take_back(request: HttpRequest, child: Child, uid: UUID) -> HttpResponse:
    """Take a question back, or what was allowed."""
    permission = _own(child, uid)
    # Where it is over already, the page says how.
    with suppress(services.PermissionMoved):
        services.withdraw(permission, at=timezone.now())
    return redirect("ask:asked", uid=uid)


@access.public
@never_cache
@require_safe
@own
def grown_ups(request: HttpRequest, child: Child) -> HttpResponse:
    """Show which grown-ups decide for the child, and let it say that one of them shall not."""
    found = child.links.filter(guardian__left_at=None).exclude(state=LinkState.ENDED)
    context = {"links": found.select_related("guardian__user")}
    return show(request, child, "permission/child_grown_ups.html", context)


@access.public
@require_POST
@own
def unlink(request: HttpRequest, child: Child, uid: UUID) -> HttpResponse:
    """Say that a grown-up shall not decide any more. It holds at once, and a person looks at it."""
    link = get_object_or_404(GuardianLink.objects.select_related("child", "guardian"), uid=uid, child=child)
    links.freeze(link, Sign.CHILD, actor="device", at=timezone.now())
    return redirect("ask:grown_ups")
