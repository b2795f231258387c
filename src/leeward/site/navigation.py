"""Which pages a person's roles open, for the line at the top of each page."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Role, User
from leeward.filtering.lists.coverage import uncovered

_ENTRIES: tuple[tuple[str, str | Promise, frozenset[Role]], ...] = (
    ("family", _("Family"), frozenset({Role.GUARDIAN})),
    ("cases:queue", _("Desk"), frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})),
    ("helpline:queue", _("Helpline"), frozenset({Role.COUNSELLOR, Role.SUPERVISOR})),
    ("screening:matches", _("Screening"), frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.OPERATOR})),
    ("helpline_directory:overview", _("Directory"), frozenset({Role.COUNSELLOR, Role.SUPERVISOR, Role.OPERATOR})),
    ("lists:overview", _("Lists"), frozenset({Role.OPERATOR})),
    ("lines:overview", _("Lines"), frozenset({Role.OPERATOR})),
    ("legal:orders", _("Legal orders"), frozenset({Role.OPERATOR})),
    ("age:operator", _("Ages"), frozenset({Role.OPERATOR})),
    ("partners:overview", _("Partners"), frozenset({Role.OPERATOR})),
    ("exchange_overview", _("Exchange"), frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.OPERATOR})),
    ("sharing:overview", _("Sharing"), frozenset({Role.OPERATOR})),
    ("age_rules:rules", _("Age rules"), frozenset({Role.OPERATOR})),
    ("age_calls:desk", _("Age calls"), frozenset({Role.OPERATOR, Role.SENIOR_REVIEWER})),
    ("links:queue", _("Guardians"), frozenset({Role.OPERATOR})),
    ("areas:areas", _("Children’s areas"), frozenset({Role.OPERATOR})),
    ("operator:deliveries", _("Deliveries"), frozenset({Role.OPERATOR, Role.SENIOR_REVIEWER})),
    ("operator:health", _("Health"), frozenset({Role.OPERATOR})),
    ("operator:settings", _("Settings"), frozenset({Role.OPERATOR})),
)


def first_page(person: object) -> str:
    """Return the address of the first page that the person's roles open, or the home page."""
    roles = person.roles if isinstance(person, User) else frozenset()
    return next((reverse(name) for name, label, allowed in _ENTRIES if allowed & roles), reverse("home"))


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: `nav_items` as (address, label, is current)."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"nav_items": []}
    doors = [(reverse(name), label) for name, label, roles in _ENTRIES if roles & user.roles]
    # The pages of one entry can lie below another one's; the nearest is where the person is.
    here = max((url for url, _label in doors if request.path.startswith(url)), key=len, default="")
    return {"nav_items": [(url, label, url == here) for url, label in doors]}


def coverage(request: HttpRequest) -> dict[str, object]:
    """Context processor: `uncovered_kinds`, the slugs of kinds without a list. It asks the database where a template asks for it."""
    return {"uncovered_kinds": SimpleLazyObject(uncovered)}
