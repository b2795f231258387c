"""What the pages of screening share: for whom they open, and the line that leads from one to the next."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leeward.core import access
from leeward.core.models import Role
from leeward.screening import holds

_REVIEWERS, _OPERATOR = holds.ENDERS, frozenset({Role.OPERATOR})
_EVERY = _REVIEWERS | _OPERATOR

# These three decorate views.
readers = access.roles(*sorted(_EVERY))
reviewers = access.roles(*sorted(_REVIEWERS))
operator = access.roles(*_OPERATOR)

_TABS = (
    ("screening:matches", _("Matches"), _EVERY),
    ("screening:holds", _("Held uploads"), _EVERY),
    ("screening:plots", _("Plots"), _EVERY),
    ("screening:models", _("Classifiers"), _EVERY),
    ("screening:index", _("Index"), _OPERATOR),
    ("screening:rules", _("Rules"), _OPERATOR),
    ("screening:try", _("Try a picture"), _OPERATOR),
)


def page(
    request: HttpRequest, template: str, context: Mapping[str, object], *, tab: str, status: int = 200
) -> HttpResponse:
    """Answer with a page of screening; `tab` is the name of the one that it belongs to."""
    roles = access.person(request).roles
    tabs = [(reverse(name), label, name == f"screening:{tab}") for name, label, who in _TABS if who & roles]
    shared = {"tabs": tabs, "is_reviewer": bool(roles & _REVIEWERS)}
    return render(request, f"screening/{template}.html", {**shared, **context}, status=status)
