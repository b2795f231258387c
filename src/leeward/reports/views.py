"""How a person reports on this site without script: one short question a screen.

No session remembers the visitor: a hidden ticket carries the sealed code under which the answers are kept. A screen stays in
the browser's own store while the form is filled in, so that Back works; the receipt's page tells the browser to clear that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from leeward.core import access, middleware, networks, paces
from leeward.engines import urls
from leeward.engines.reading import Band
from leeward.reports import floods, halves, places, receipts, screens, services, steps, tickets
from leeward.reports.forms import FORMS, STEP_OF, ReportForm, StepForm
from leeward.reports.halves import Answers
from leeward.reports.models import Channel, Nature, Reason
from leeward.reports.screens import Screen
from leeward.reports.steps import Step

_LINE_MAX = 200


@access.public
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """Ask one question a screen, keep each answer, and give the receipt at the end."""
    if request.method == "GET":
        return screens.ask(request, Screen(Step.REASON, receipts.new(), _came_with(request.GET)))
    if "step" not in request.POST:
        return _all_at_once(request)
    code = tickets.read(request.POST.get("ticket", "")) or receipts.new()
    try:
        return _answered(request, code)
    except halves.SentAlready:
        return _sent_already(request, code)


def _answered(request: HttpRequest, code: str) -> HttpResponse:
    now, step = timezone.now(), _step(request.POST.get("step", ""), otherwise=Step.REASON)
    kept = halves.read(code, at=now) or Answers()
    try:
        halves.admit(middleware.client_address(request), at=now)
    except paces.TooOften:
        return screens.wait(request, Screen(step, code, kept))
    form = FORMS[step](screens.texts_for(_band(request, kept)), kept, request.POST, request.FILES)
    is_right, leads_to = form.is_valid(), _way(request, step, kept)
    if not is_right and leads_to is None:
        return screens.ask(request, Screen(step, code, kept, form, is_change=_is_change(request)), status=422)
    answers = halves.change(code, lambda kept: _with(kept, request, form), at=now)
    if request.POST.get("go") == "send":
        return _send(request, Screen(step, code, answers), at=now)
    if leads_to is not None:
        is_change = leads_to != Step.CHECK and (_is_change(request) or request.POST.get("go") in set(Step))
        return screens.ask(request, Screen(leads_to, code, answers, is_change=is_change))
    following = steps.following(step, reason=answers.reason, says_where=halves.says_where(answers))
    is_done = _is_change(request) and following != Step.DANGER
    return screens.ask(request, Screen(Step.CHECK if is_done else following, code, answers))


def _is_change(request: HttpRequest) -> bool:
    """True where one answer is given anew from the last screen, so that the way leads back there."""
    return request.POST.get("then") == Step.CHECK


def _way(request: HttpRequest, step: Step, kept: Answers) -> Step | None:
    """Return the screen that somebody asked for who did not press Next or Send: nothing is wrong with an empty field then."""
    go = request.POST.get("go", "")
    if go == "back":
        return Step.CHECK if _is_change(request) else steps.before(step, reason=kept.reason)
    if "band" in request.POST or go == "remove":
        return step
    return _step(go, otherwise=None)


def _with(kept: Answers, request: HttpRequest, form: StepForm) -> Answers:
    """Return the answers with what this screen brought; what was not readable in it changes nothing."""
    said, came = form.cleaned_data, _came_with(request.POST)
    if not kept.page_url and kept.item is None:
        kept = replace(kept, page_url=came.page_url, item=came.item)
    if "page_url" in form.fields:
        # Also one that is not right yet stands there again for whoever comes back to it.
        kept = replace(
            kept,
            page_url=said.get("page_url", _printable(request.POST.get("page_url", ""))),
            app=said.get("app", places.plain(request.POST.get("app", ""))),
        )
    picture = said.get("picture") or kept.picture
    return replace(
        kept,
        reason=Reason(said["reason"]) if said.get("reason") else kept.reason,
        nature=Nature(said["nature"]) if said.get("nature") else kept.nature,
        words=said.get("words", kept.words),
        picture=None if request.POST.get("go") == "remove" else picture,
        band=_band(request, kept),
        language=screens.language(),
    )


def _came_with(query: QueryDict) -> Answers:
    """Return what a provider's link says of the thing: its address, and the provider's own name for it."""
    provider, item = query.get("provider", ""), query.get("item", "")
    is_known = 0 < len(item) <= _LINE_MAX and item.isprintable() and halves.knows_provider(provider[:_LINE_MAX])
    address = query.get("url", "")
    return Answers(
        page_url=places.completed(_printable(address)) if len(address) <= urls.URL_LENGTH else "",
        item=services.Item(provider, item) if is_known else None,
    )


def _all_at_once(request: HttpRequest) -> HttpResponse:
    """Take a form that answers every question in one request."""
    band = _band(request, Answers())
    form = ReportForm(screens.texts_for(band), Answers(), request.POST, request.FILES)
    if form.is_valid():
        return _receive(request, form, band=band)
    screen = next((STEP_OF[name] for name in STEP_OF if name in form.errors), Step.REASON)
    now, code = timezone.now(), receipts.new()
    answers = halves.change(code, lambda kept: _with(kept, request, form), at=now)
    return screens.ask(request, Screen(screen, code, answers, form), status=422)


def _receive(request: HttpRequest, form: ReportForm, *, band: Band | None) -> HttpResponse:
    said, now, network = form.cleaned_data, timezone.now(), _network(request)
    draft = services.Draft(
        reason=Reason(said["reason"]),
        nature=Nature(said["nature"]) if said["nature"] else None,
        channel=Channel.FORM,
        page_url=said["page_url"],
        app=said["app"],
        words=said["words"],
        language=screens.language(),
        band=band or "",
        pictures=[said["picture"]] if said["picture"] else [],
        idempotency_key=str(said["key"]),
        network=network,
    )
    try:
        floods.admit(network, proof="", at=now)
        receipt = services.receive(draft, at=now)
    except floods.ProofNeeded:
        code = receipts.new()
        answers = halves.change(code, lambda kept: _with(kept, request, form), at=now)
        return screens.wait(request, Screen(Step.CHECK, code, answers))
    except services.OtherBody:
        return _sent_already(request, receipts.for_key(str(said["key"])))
    return _received(request, receipt)


def _send(request: HttpRequest, screen: Screen, *, at: datetime) -> HttpResponse:
    if screen.answers.reason is None:
        return screens.ask_again(request, replace(screen, step=Step.REASON))
    if not halves.says_where(screen.answers):
        return screens.ask_again(request, replace(screen, step=Step.WHERE))
    network = _network(request)
    try:
        floods.admit(network, proof="", at=at)
    except floods.ProofNeeded:
        return screens.wait(request, screen)
    return _received(request, halves.finish(screen.code, at=at, network=network))


def _received(request: HttpRequest, receipt: services.Receipt) -> HttpResponse:
    return screens.show_code(request, receipt, status=201)


def _sent_already(request: HttpRequest, code: str) -> HttpResponse:
    """Show the code again to whoever pressed Send twice, and say that what was changed since is not sent."""
    receipt = halves.finish(code, at=timezone.now())
    if request.POST.get("go") == "send":
        return screens.show_code(request, receipt, status=201)
    return screens.show_code(request, receipt, status=422, alarm="failed.already")


def _printable(typed: str) -> str:
    return "".join(sign for sign in typed.strip()[: urls.URL_LENGTH] if sign.isprintable())


def _network(request: HttpRequest) -> str:
    return networks.of(middleware.client_address(request))


def _band(request: HttpRequest, kept: Answers) -> Band | None:
    pressed = request.POST.get("band", "")
    return Band(pressed) if pressed in set(Band) else kept.band


def _step[Otherwise: Step | None](name: str, *, otherwise: Otherwise) -> Step | Otherwise:
    return Step(name) if name in set(Step) else otherwise
