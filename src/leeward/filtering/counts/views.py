"""The weekly summary for guardians: of the whole household, and of one child with more detail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.families.models import Guardian, Household
from leeward.families.visits import at_home, guardian
from leeward.filtering.counts import names as count_names
from leeward.filtering.counts import plot, words
from leeward.filtering.counts import services as counts
from leeward.filtering.counts.models import CountedAnswers
from leeward.limits import cards, services
from leeward.limits.choices import Whose
from leeward.limits.models import Limits
from leeward.limits.visits import of_limits


@dataclass(frozen=True)
class Part:
    """The week of one child, or of devices that several people use."""

    limits: Limits
    title: str
    week: words.Week
    bars: list[plot.Bar]


@guardian
@never_cache
@require_safe
@at_home
def summary(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Show the last seven days of each child, and of the rest of the home where anything stayed closed there."""
    at = timezone.now()
    parts = _parts(_everybody(seat.household, at=at), household=seat.household, at=at)
    shown = [part for part in parts if part.limits.whose == Whose.CHILD or not part.week.is_quiet]
    return render(request, "filtering/summary.html", {"parts": shown, "days_kept": counts.days_kept()})


@guardian
@never_cache
@require_safe
@of_limits
def of_one(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show the last seven days of one child, with the numbers of each day, and the names where they are switched on."""
    at = timezone.now()
    (part,) = _parts([limits], household=seat.household, at=at)
    context = {
        "part": part,
        "limits": limits,
        "names": [(name, words.title(name.kind)) for name in count_names.kept(limits)],
        "may_show": count_names.may_show(limits),
        "days_kept": counts.days_kept(),
        "width": plot.WIDTH,
        "height": plot.HEIGHT,
    }
    return render(request, "filtering/summary_one.html", context)


@guardian
@require_POST
@of_limits
def show_names(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Keep the names that stay closed from now on."""
    try:
        count_names.show_names(limits, by=seat.user, at=timezone.now())
    except count_names.NotForThisAge:
        messages.warning(request, _("Names are kept for younger children only."))
    else:
        messages.success(request, _("Names are kept from now on. Your child's own page says so."))
    return redirect("summary_of", uid=limits.uid)


@guardian
@require_POST
@of_limits
def hide_names(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Keep no names any more."""
    count_names.hide_names(limits, by=seat.user, at=timezone.now())
    messages.success(request, _("Names are not kept any more. What was kept is deleted."))
    return redirect("summary_of", uid=limits.uid)


def _everybody(household: Household, *, at: datetime) -> list[Limits]:
    children = [services.of_child(child, at=at) for child in household.children.filter(removed_at=None)]
    others = household.limits.here().filter(child=None).order_by("pk")
    return [*children, *others]


def _parts(everybody: Sequence[Limits], *, household: Household, at: datetime) -> list[Part]:
    days = words.days_of(at, zone=services.zone_of(household))
    rows: dict[int, list[CountedAnswers]] = defaultdict(list)
    for row in CountedAnswers.objects.filter(limits__in=everybody, day__in=days):
        rows[row.limits_id].append(row)
    return [_part(limits, rows[limits.pk], days=days) for limits in everybody]


def _part(limits: Limits, rows: list[CountedAnswers], *, days: Sequence[date]) -> Part:
    week = words.week(rows, days=days)
    bars = plot.bars(week.days, is_rtl=translation.get_language_bidi()) if week.has_bars else []
    return Part(limits, cards.title(limits), week, bars)
