"""How people report. Nothing here sets a cookie for a reporter beyond the form's own guard."""

from __future__ import annotations

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.core import access
from leeward.reports import receipts, services
from leeward.reports.forms import ReportForm
from leeward.reports.models import Channel, Reason


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """Take a report from a person."""
    if request.method == "GET":
        return render(
            request, "reports/form.html", {"form": ReportForm(initial={"page_url": request.GET.get("url", "")})}
        )
    bound = ReportForm(request.POST, request.FILES)
    if bound.is_valid() and (receipt := _receive(bound)):
        return render(request, "reports/received.html", {"code": receipts.grouped(receipt.code)}, status=201)
    return render(request, "reports/form.html", {"form": bound}, status=422)


def _receive(form: ReportForm) -> services.Receipt | None:
    values = form.cleaned_data
    draft = services.Draft(
        reason=Reason(values["reason"]),
        channel=Channel.FORM,
        page_url=values["page_url"],
        words=values["words"],
        language=get_language() or "en",
        pictures=[values["picture"]] if values["picture"] else [],
        idempotency_key=str(values["key"]),
    )
    try:
        return services.receive(draft, at=timezone.now())
    except services.AddressRefused:
        form.add_error(
            "page_url",
            "This is not the address of a page that we can reach. Copy it from the line at the top of the browser.",
        )
    except services.OtherBody:
        form.add_error(None, "This form was sent already. Open the page again to send another report.")
    return None


@access.public
@require_safe
def module(request: HttpRequest) -> HttpResponse:
    """Give the button's script under its lasting address, to any page."""
    with staticfiles_storage.open("reports/report.js") as file:
        answer = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Cache-Control"] = "public, max-age=300"
    return answer
