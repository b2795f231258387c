"""Which pages a person's roles open, for the line at the top of each page."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Role, User

_ENTRIES: tuple[tuple[str, str | Promise, frozenset[Role]], ...] = (
    ("families:family", _("Family"), frozenset({Role.GUARDIAN})),
    ("cases:queue", "Desk", frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})),
    ("screening:matches", "Screening", frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.OPERATOR})),
    ("lists:overview", "Lists", frozenset({Role.OPERATOR})),
    ("operator:deliveries", "Deliveries", frozenset({Role.OPERATOR, Role.SENIOR_REVIEWER})),
    ("operator:health", "Health", frozenset({Role.OPERATOR})),
    ("operator:settings", "Settings", frozenset({Role.OPERATOR})),
)


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: `nav_items` as (address, label, is current)."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"nav_items": []}
    doors = [(reverse(name), label) for name, label, roles in _ENTRIES if roles & user.roles]
    return {"nav_items": [(url, label, request.path.startswith(url)) for url, label in doors]}
