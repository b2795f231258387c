"""What a reporter sees of the form: one question a screen, and the page with the code at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language

from leeward.core import config, texts
from leeward.engines.reading import Band
from leeward.reports import guidance, halves, receipts, services, steps, tickets
from leeward.reports.forms import FORMS, StepForm
from leeward.reports.halves import Answers
from leeward.reports.models import Nature, Reason
from leeward.reports.steps import Step

_TITLES = {Step.CHECK: "shared.title"}
_BANDS = {Band.SMALL: "small", Band.MIDDLE: "middle", Band.TEEN: "teen", Band.ADULT: "adult"}
_WAIT_S = 60


@dataclass(frozen=True)
class Screen:
    """One question to one reporter. `form` holds what was typed, where something was wrong with it."""

    step: Step
    code: str
    answers: Answers
    form: StepForm | None = None
    alarm: str = ""
    is_change: bool = False


@dataclass(frozen=True)
class _Choice:
    """One big button."""

    value: str
    words: str
    is_chosen: bool
    picture: str = ""


def ask(request: HttpRequest, screen: Screen, *, status: int = 200) -> HttpResponse:
    """Show one question with what was answered until now."""
    if screen.step == Step.CHECK and screen.answers.reason is None:
        screen = replace(screen, step=Step.REASON)
    answers, words = screen.answers, texts_for(screen.answers.band)
    takes_pictures = not (answers.nature and answers.nature.is_never_captured)
    context = {
        "step": screen.step,
        "screen": f"reports/steps/{screen.step}.html",
        "title": words[_TITLES.get(screen.step, f"{screen.step}.title")],
        "words": texts.tables(words),
        "form": screen.form or FORMS[screen.step](words, answers),
        "alarm": words[screen.alarm] if screen.alarm else "",
        "then": Step.CHECK if screen.is_change else "",
        "ticket": tickets.write(screen.code),
        "answers": answers,
        "reasons": _choices(Reason, "reason", words, chosen=answers.reason),
        "natures": _choices(steps.natures(answers.reason), "nature", words, chosen=answers.nature),
        "bands": [_Choice(band, words[f"band.{key}"], band == answers.band) for band, key in _BANDS.items()],
        "reason": words[f"reason.{answers.reason}"] if answers.reason else "",
        "nature": words[f"nature.{answers.nature}"] if answers.nature else "",
        "may_send": halves.is_enough(answers),
        "takes_pictures": takes_pictures,
        "has_file": takes_pictures and screen.step == Step.PICTURE,
        "in_app": words["guide.what.app"],
        "how_title": words["guide.screen.title"],
        "way": _screenshot(request, words),
        "site_address": config.current().server.site_url.partition("://")[2],
        "code": receipts.grouped(screen.code),
        "emergency": config.current().intake.emergency_number,
    }
    answer = render(request, "reports/form.html", context, status=status)
    # A form that was posted can be gone back to only where the browser may store its answer.
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _screenshot(request: HttpRequest, words: Mapping[str, str]) -> guidance.Way | None:
    """Return how a picture of the screen is taken on the device that asks, where it says what it is."""
    device = guidance.device_of(request.headers.get("User-Agent", ""))
    return guidance.ways(words, first=device)[0] if device else None


def ask_again(request: HttpRequest, screen: Screen) -> HttpResponse:
    """Ask for an answer that is missing, and say so."""
    form = FORMS[screen.step](texts_for(screen.answers.band), screen.answers, {"page_url": screen.answers.page_url})
    return ask(request, replace(screen, form=form), status=422)


def wait(request: HttpRequest, screen: Screen) -> HttpResponse:
    """Say that too many report at this moment. Whoever has no script cannot show work, so waiting is all there is to do."""
    answer = ask(request, replace(screen, alarm="failed.wait_how"), status=429)
    answer["Retry-After"] = str(_WAIT_S)
    return answer


def show_code(request: HttpRequest, receipt: services.Receipt, *, status: int, alarm: str = "") -> HttpResponse:
    report = receipt.report
    words = texts_for(Band(report.band) if report.band else None)
    context = {
        "code": receipts.grouped(receipt.code),
        "words": texts.tables(words),
        "alarm": words[alarm] if alarm else "",
        "needs_help": report.reason == Reason.DANGER or report.nature == Nature.SELF_HARM,
    }
    answer = render(request, "reports/received.html", context, status=status)
    add_never_cache_headers(answer)
    # Nobody who presses Back on this device afterwards reads what was said. Browsers obey over https only.
    answer["Clear-Site-Data"] = '"cache"'
    return answer


def _choices(
    values: Iterable[Reason | Nature], table: str, words: Mapping[str, str], *, chosen: Reason | Nature | None
) -> list[_Choice]:
    return [
        _Choice(value, words[f"{table}.{value}"], value == chosen, f"reports/pictures/{value}.svg") for value in values
    ]


def language() -> str:
    """Return the language of the page."""
    return get_language() or "en"


def texts_for(band: Band | None) -> Mapping[str, str]:
    """Return the words of the page for a reader of this age, or for 10 to 12 where nobody said."""
    return texts.read("reports", language=language(), band=band or Band.MIDDLE)
