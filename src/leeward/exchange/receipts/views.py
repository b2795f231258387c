"""The page of withdrawals: what was taken back, which partner has confirmed it, and who has not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access, config
from leeward.core.models import Role, User
from leeward.exchange.partners.models import Partner
from leeward.exchange.receipts import services as receipts
from leeward.exchange.receipts.models import Receipt
from leeward.exchange.shelf.models import Version

_A_PAGE = 25


@dataclass(frozen=True)
class Withdrawal:
    """One withdrawal as the page shows it. `silent` are partners whose programs confirm nothing, whatever they receive."""

    version: Version
    confirmed: list[Receipt]
    waiting: list[Partner]
    silent: list[Partner]
    is_late: bool


@access.roles(Role.OPERATOR, Role.SENIOR_REVIEWER)
@never_cache
@require_safe
def withdrawals(request: HttpRequest) -> HttpResponse:
    """Show the newest withdrawals first, or only those that somebody should have confirmed by now."""
    at, minutes = timezone.now(), config.current().exchange.receipt_minutes
    is_late_only = request.GET.get("show") == "late"
    late = receipts.late(at=at, older_than=timedelta(minutes=minutes))
    versions = Version.objects.filter(is_revoked=True).order_by("-place")
    if is_late_only:
        versions = versions.filter(pk__in={one.version.pk for one in late})
    page = Paginator(versions.defer("body"), _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "shown": _shown(list(page.object_list), until=at - timedelta(minutes=minutes)),
        "is_late_only": is_late_only,
        "late": len(late),
        "asked": sorted({one.partner for one in late}, key=str),
        "is_operator": isinstance(request.user, User) and Role.OPERATOR in request.user.roles,
        "minutes": minutes,
        "has_partners": receipts.taking_part().exists(),
    }
    return render(request, "exchange/withdrawals.html", context)


def _shown(versions: list[Version], *, until: datetime) -> list[Withdrawal]:
    """Return what the page says of these versions, with a few questions for each partner and none for each version."""
    confirmed: dict[int, list[Receipt]] = {version.pk: [] for version in versions}
    waiting: dict[int, list[Partner]] = {version.pk: [] for version in versions}
    silent: dict[int, list[Partner]] = {version.pk: [] for version in versions}
    for receipt in Receipt.objects.filter(version__in=versions).select_related("partner__organisation").order_by("at"):
        confirmed[receipt.version_id].append(receipt)
    for partner in receipts.taking_part():
        place = waiting if receipts.sends_receipts(partner) else silent
        for pk in receipts.owed_by(partner).filter(pk__in=confirmed).values_list("pk", flat=True):
            place[pk].append(partner)
    return [
        Withdrawal(
            version,
            confirmed[version.pk],
            waiting[version.pk],
            silent[version.pk],
            is_late=bool(waiting[version.pk]) and version.added_at <= until,
        )
        for version in versions
    ]
