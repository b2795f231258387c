"""The first page for a child who looks for somebody, and the page of numbers. Neither asks who comes, or from where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from leeward.core import access, config, texts
from leeward.helplines import child_pages
from leeward.helplines.directory import cards, countries, services
from leeward.helplines.directory.models import Service

# Of the association of the child helplines themselves, which keeps the numbers of its members in more than 130 countries.
INTERNATIONAL = "https://childhelplineinternational.org/"
_TO_CALL = (Service.Kind.HELPLINE, Service.Kind.CRISIS, Service.Kind.POLICE)


# These pages hold no secret that a packed answer could give away: no cookie comes with them and no token stands in them.
@access.public
@gzip_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Ask how a child wants to talk."""
    of_reports = texts.read("reports", language=get_language() or "en", band=child_pages.band_of(request))
    leaving = {name: of_reports[f"guide.away.{name}"] for name in ("title", "press", "close", "trace")}
    return child_pages.shown(
        request, "helplines/home.html", {"leaving": leaving, "guidance": of_reports["guide.title"]}
    )


@access.public
@gzip_page
@require_safe
def call(request: HttpRequest) -> HttpResponse:
    """Show the numbers of the country that the child chose, or let it choose one. The choice stands in the address alone."""
    language, at = get_language() or "en", timezone.now()
    code = request.GET.get("country", "").upper()
    is_known = countries.is_known(code)
    context: dict[str, object] = {
        "countries": countries.choices(language=language),
        "country": code if is_known else "",
        "is_unknown": bool(code) and not is_known,
        "international": INTERNATIONAL,
    }
    if is_known:
        words = child_pages.words(request)["call"]
        context["heading"] = words["numbers"].format(country=countries.name(code, language=language))
        context |= _of_country(code, words=words, at=at)
    return child_pages.shown(request, "helplines/call.html", context)


def _of_country(code: str, *, words: Mapping[str, str], at: datetime) -> dict[str, object]:
    here = services.shown(at=at).filter(country=code)
    emergency = services.emergency_number(code, at=at)
    if not emergency and code == config.current().age.country:
        emergency = config.current().intake.emergency_number
    to_call = cards.cards(here.filter(kind__in=_TO_CALL), words=words, at=at)
    return {
        "to_call": to_call,
        "has_lines": any(card.kind != Service.Kind.POLICE for card in to_call),
        "hotlines": cards.cards(here.filter(kind=Service.Kind.HOTLINE), words=words, at=at),
        # The number of the operator's own country would be wrong in another one.
        "emergency": emergency,
    }
