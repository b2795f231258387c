"""The public page for a body: with the code of a leg it says whether that is theirs, and later what was done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leeward.cases import leg_making, legs
from leeward.cases.leg_forms import AnswerForm, CodeForm
from leeward.cases.models import Leg
from leeward.cases.states import LegState
from leeward.core import access, attempts, middleware, networks
from leeward.reports import receipts, tickets


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest) -> HttpResponse:
    """Ask for the code, show what it stands for, and take the answer."""
    if request.method == "GET":
        return _ask(request, CodeForm())
    if "ticket" not in request.POST:
        return _with_code(request)
    code = tickets.read(request.POST["ticket"])
    leg = _leg(code) if code else None
    if code is None or leg is None:
        return _ask(request, CodeForm(), notice=_("This page was open for a long time. Type your code again."))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, leg, code, form)
    said = legs.Said(form.cleaned_data["said"])
    try:
        legs.answer(leg, said=said, words=form.cleaned_data["words"], at=timezone.now())
    except legs.MovedOn:
        notice = _("Nothing was changed: this case stands otherwise by now.")
        return _show(request, _fresh(leg), code, None, notice=notice, status=409)
    return _show(request, _fresh(leg), code, None, notice=_("Thank you. Your answer is with us."), status=200)


def _with_code(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, form)
    network = networks.of(middleware.client_address(request))
    try:
        with attempts.one(network, at=timezone.now()) as attempt:
            code, leg = _found(form.cleaned_data["code"])
            if leg is None:
                attempt.was_wrong()
    except attempts.WaitFirst as wait:
        return _wait(request, form, wait.seconds)
    if leg is None:
        form.add_error("code", _("We do not know this code. Look at it again and type it once more."))
        return _ask(request, form)
    return _show(request, leg, code, None, status=200)


def _wait(request: HttpRequest, form: CodeForm, seconds: int) -> HttpResponse:
    words = ngettext("Wait %d second. Then try again.", "Wait %d seconds. Then try again.", seconds) % seconds
    form.add_error("code", words)
    waits = _ask(request, form, status=429)
    waits["Retry-After"] = str(seconds)
    return waits


def _found(typed: str) -> tuple[str, Leg | None]:
    try:
        code = receipts.read(typed)
    except receipts.SlipOfTheFinger:
        return "", None
    return code, _leg(code)


def _leg(code: str) -> Leg | None:
    # A leg that has not left yet has no code that anybody could have.
    legs_out = Leg.objects.exclude(sent_at=None).select_related("case", "body")
    return legs_out.filter(code=leg_making.digest_of(code)).first()


def _fresh(leg: Leg) -> Leg:
    return Leg.objects.select_related("case", "body").get(pk=leg.pk)


def _ask(request: HttpRequest, form: CodeForm, *, notice: str = "", status: int = 0) -> HttpResponse:
    context = {"form": form, "notice": notice}
    return render(request, "cases/legs/code.html", context, status=status or (422 if form.is_bound or notice else 200))


def _show(
    request: HttpRequest, leg: Leg, code: str, form: AnswerForm | None, *, notice: str = "", status: int = 422
) -> HttpResponse:
    context = {
        "leg": leg,
        "ticket": tickets.write(code),
        "form": form or AnswerForm(),
        "may_answer": leg.state in legs.ANSWERABLE,
        "is_recalled": leg.state == LegState.RECALLED,
        "notice": notice,
        "code": receipts.grouped(code),
    }
    return render(request, "cases/legs/answer.html", context, status=status)
