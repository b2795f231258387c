"""Write without an e-mail address, come back with the code, read, write again, erase. Works with script and without.

With script everything is sealed and opened in the browser, and the code never comes here; then forms bring `finder` and octets.
Without script they bring the code once, and a ticket from there on. No cookie stands for anybody, so nothing can be forged in
somebody's name, and the guard against that, which needs a cookie, stays away.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leeward.core import access, attempts, codes, config, middleware, networks, paces
from leeward.engines import sealing
from leeward.helplines import child_pages, octets, topics
from leeward.helplines.conversations import desks
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.mailbox import codes as mailbox_codes
from leeward.helplines.mailbox import services
from leeward.helplines.mailbox.forms import (
    WORDS_MAX,
    AboutForm,
    CodeForm,
    FirstWordsForm,
    LetterForm,
    SealedForm,
    Words,
    WordsForm,
)
from leeward.helplines.mailbox.returning import Returned, returned
from leeward.helplines.unspoken import services as unspoken

type View = Callable[[HttpRequest], HttpResponse]

# A class of thirty behind one address may all write at once; a program that fills the place may not.
_BEGINS_A_MINUTE = 30
_begins = paces.Pace()


def _door(view: View) -> View:
    """Open a view for everybody, without a cookie."""
    opened: View = access.public(csrf_exempt(require_http_methods(["GET", "POST"])(view)))
    return functools.wraps(view)(opened)


# --- Writing for the first time ------------------------------------------------------------------


@_door
def write(request: HttpRequest) -> HttpResponse:
    """Show who reads and what stays secret, and take the first message."""
    words, desk = child_pages.words(request), desks.for_language(_language())
    if request.method == "GET":
        unspoken.came(_language(), at=timezone.now())
    if desk is None:
        return child_pages.shown(request, "helplines/mailbox/closed.html", status=503)
    if request.method == "GET":
        return _write_page(request, desk, FirstWordsForm(words))
    try:
        _begins.admit(middleware.client_address(request), a_minute=_BEGINS_A_MINUTE, at=timezone.now())
    except paces.TooOften:
        return _write_page(request, desk, _kept_words(words, request), refusal="wait", status=429)
    if request.FILES:
        return _write_page(request, desk, _kept_words(words, request), refusal="no_files", status=422)
    return _take_letter(request, desk) if "finder" in request.POST else _take_words(request, desk, words)


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _kept_words(words: Words, request: HttpRequest) -> FirstWordsForm:
    return FirstWordsForm(words, {"text": request.POST.get("text", "")[:WORDS_MAX], "key": str(uuid4())})


def _write_page(
    request: HttpRequest, desk: Desk, form: FirstWordsForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    words = child_pages.words(request)
    context = {
        "form": form,
        "desk_key": octets.text_of(desk.keys.get(retired_at=None).public),
        "site": octets.text_of(mailbox_codes.site()),
        "uid": uuid4(),
        "client_id": uuid4(),
        "kept": words["write"]["kept"].format(days=config.current().helplines.mailbox_days),
        "bands": Conversation.Band.values,
        "topics": [(topic, words["topic"][topic]) for topic in topics.IN_ORDER] if "topic" in words else [],
        "about": _about(request),
        "refusal": words["write"][refusal] if refusal else "",
    }
    return child_pages.shown(request, "helplines/mailbox/write.html", context, status=status)


def _about(request: HttpRequest) -> services.About:
    form = AboutForm(request.POST)
    form.full_clean()
    said = form.cleaned_data
    return services.About(_language(), band=said.get("band", ""), topic=said.get("topic", ""))


def _take_letter(request: HttpRequest, desk: Desk) -> HttpResponse:
    form, again = LetterForm(request.POST), FirstWordsForm(child_pages.words(request))
    if not form.is_valid():
        return _write_page(request, desk, again, refusal="not_sent", status=422)
    said = form.cleaned_data
    sealed = services.Sealed(said["client_id"], said["for_desk"], said["for_child"])
    letter = services.Letter(said["uid"], said["finder"], said["child_key"], said["desk_key"], sealed)
    try:
        services.begin(desk, letter, about=_about(request), at=timezone.now())
    except talks.TooLong:
        return _write_page(request, desk, again, refusal="too_long", status=422)
    except (services.KeyChanged, talks.FinderTaken, talks.NoDeskKey, talks.TalkEnded):
        # The page that comes back has the key in force and new numbers; the browser seals once more.
        return _write_page(request, desk, again, refusal="not_sent", status=409)
    return child_pages.shown(request, "helplines/mailbox/receipt.html", {"code": ""})


def _take_words(request: HttpRequest, desk: Desk, words: Words) -> HttpResponse:
    form = FirstWordsForm(words, request.POST)
    if not form.is_valid():
        return _write_page(request, desk, form, status=422)
    key = form.cleaned_data["key"]
    code = mailbox_codes.of_form(key)
    services.begin_open(
        desk,
        form.cleaned_data["text"],
        opening=mailbox_codes.opening(code),
        client_id=mailbox_codes.message_of_form(key),
        about=_about(request),
        at=timezone.now(),
    )
    return child_pages.shown(request, "helplines/mailbox/receipt.html", {"code": codes.grouped(code)})


# --- Coming back ---------------------------------------------------------------------------------


@_door
def answers(request: HttpRequest) -> HttpResponse:
    """Ask for the code, show what was said, take more words, and erase."""
    if request.method == "GET":
        return _ask_for_code(request, CodeForm(child_pages.words(request)))
    now = timezone.now()
    try:
        found = _found(request, at=now)
    except attempts.WaitFirst as wait:
        return _wait(request, wait.seconds)
    if found is None:
        return _not_known(request)
    step = _STEPS.get(request.POST.get("do", ""), _open)
    return step(request, found, now)


def _ask_for_code(request: HttpRequest, form: CodeForm, *, status: int = 200, notice: str = "") -> HttpResponse:
    context = {"form": form, "site": octets.text_of(mailbox_codes.site()), "notice": notice}
    return child_pages.shown(request, "helplines/mailbox/answers.html", context, status=status)


def _found(request: HttpRequest, *, at: datetime) -> Returned | None:
    """Return the talk that somebody opens, or None; whoever must wait first is told so before anything is looked up.

    The code is made into its keys outside of the count, because that takes long and the next one would wait for it.
    """
    network = networks.of(middleware.client_address(request))
    attempts.check(network, at=at)
    opening, finder = _what_opens(request, at=at)
    with attempts.one(network, at=at) as attempt:
        talk = talks.find(finder) if finder else None
        if talk is not None:
            return Returned(talk, opening)
        if "ticket" not in request.POST:
            attempt.was_wrong()
        return None


def _what_opens(request: HttpRequest, *, at: datetime) -> tuple[sealing.Opening | None, bytes]:
    if "ticket" in request.POST:
        opening = mailbox_codes.of_ticket(request.POST["ticket"], at=at)
        return opening, opening.finder if opening else b""
    try:
        if "finder" in request.POST:
            return None, octets.octets_of(request.POST["finder"])
        opening = mailbox_codes.opening(codes.read(request.POST.get("code", "")))
    except (octets.NoOctets, codes.SlipOfTheFinger):
        return None, b""
    return opening, opening.finder


def _not_known(request: HttpRequest) -> HttpResponse:
    words = child_pages.words(request)
    if "ticket" in request.POST:
        return _ask_for_code(request, CodeForm(words), status=422, notice=words["answers"]["too_old"])
    form = CodeForm(words, {"code": request.POST.get("code", "")})
    if "finder" in request.POST or form.is_valid():
        form.full_clean()
        form.errors.pop("code", None)
        form.add_error("code", words["code"]["wrong"])
    return _ask_for_code(request, form, status=422)


def _wait(request: HttpRequest, seconds: int) -> HttpResponse:
    words = child_pages.words(request)
    form = CodeForm(words, {"code": request.POST.get("code", "")})
    form.full_clean()
    form.errors.pop("code", None)
    form.add_error("code", words["code"]["wait"].format(seconds=seconds))
    answer = _ask_for_code(request, form, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def _open(request: HttpRequest, found: Returned, at: datetime) -> HttpResponse:
    talks.seen(found.talk, at=at)
    is_first = talks.show_code_again(found.talk)
    typed = request.POST.get("code", "")
    code = codes.grouped(codes.read(typed)) if is_first and typed else ""
    return returned(request, found, at=at, is_first=is_first, code=code)


def _say(request: HttpRequest, found: Returned, at: datetime) -> HttpResponse:
    words = child_pages.words(request)
    if request.FILES:
        return returned(request, found, at=at, refusal="no_files", form=_typed(words, request))
    if found.opening is None:
        form = SealedForm(request.POST)
        if not form.is_valid():
            return returned(request, found, at=at, refusal="not_sent")
        said = form.cleaned_data
        sealed = services.Sealed(said["client_id"], said["for_desk"], said["for_child"])
    else:
        plain = WordsForm(words, request.POST, is_more=True)
        if not plain.is_valid():
            return returned(request, found, at=at, form=plain)
        sealed = services.seal(found.talk, plain.cleaned_data["text"], opening=found.opening)
    try:
        services.keep(found.talk, sealed, at=at)
    except talks.TooLong:
        return returned(request, found, at=at, refusal="too_long", form=_typed(words, request))
    except talks.TooFast:
        return returned(request, found, at=at, refusal="wait", form=_typed(words, request))
    except talks.TalkEnded:
        return returned(request, found, at=at, refusal="ended")
    return returned(request, found, at=at, notice="said")


def _typed(words: Words, request: HttpRequest) -> WordsForm | None:
    """Return what was typed, so that it stands there again; None where the browser sealed it, which then holds it itself."""
    text = request.POST.get("text", "")[:WORDS_MAX]
    return WordsForm(words, {"text": text}, is_more=True) if text else None


def _erase(request: HttpRequest, found: Returned, at: datetime) -> HttpResponse:
    talks.erase(found.talk, at=at)
    return child_pages.shown(request, "helplines/mailbox/erased.html")


_STEPS: dict[str, Callable[[HttpRequest, Returned, datetime], HttpResponse]] = {
    "say": _say,
    "erase": _erase,
}


@access.public
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    """Say what sealing protects and what it does not, and how to leave no trace."""
    days = config.current().helplines.mailbox_days
    kept = child_pages.words(request)["write"]["kept"].format(days=days)
    return child_pages.shown(request, "helplines/mailbox/safety.html", {"kept": kept})
