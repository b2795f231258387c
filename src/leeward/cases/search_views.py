"""Pages that find: cases by words, what was known before, and the list of keys."""

from __future__ import annotations

import base64
import binascii
import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.cases import conversations, history, keyboard, search
from leeward.cases.forms import SearchForm
from leeward.cases.models import Case
from leeward.cases.views import desk
from leeward.core import keys

SHOWN = 50
_PLACE = "words that somebody looks for"
_COLON = ":"


@desk
@never_cache
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Look for cases by words. The words stand in no address: they are sealed there, so that no log and no history has them."""
    if request.method == "POST":
        form = SearchForm(request.POST)
        if form.is_valid():
            return redirect(f"{reverse('cases:search')}?{urlencode({'for': _sealed(form.cleaned_data['words'])})}")
        return render(request, "cases/search.html", {"form": form}, status=422)
    words = _opened(request.GET.get("for", ""))
    if not words:
        form = SearchForm()
        form.fields["words"].widget.attrs["autofocus"] = True
        return render(request, "cases/search.html", {"form": form})
    found = search.find(words).select_related("subject__provider")
    before = request.GET.get("before", "")
    if before.isdecimal() and before.isascii() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    cases = list(found[: SHOWN + 1])
    context = {
        "form": SearchForm(initial={"words": words}),
        "is_asked": True,
        "cases": cases[:SHOWN],
        "before": cases[SHOWN - 1].pk if len(cases) > SHOWN else None,
    }
    return render(request, "cases/search.html", context)


def _sealed(words: str) -> str:
    version, sealed = keys.wrap(words.encode(), place=_PLACE)
    return f"{version}{_COLON}{base64.urlsafe_b64encode(sealed).decode()}"


def _opened(text: str) -> str:
    """Return the words that an address holds, or nothing where they cannot be read."""
    version, _, sealed = text.partition(_COLON)
    try:
        return keys.unwrap(version, base64.urlsafe_b64decode(sealed), place=_PLACE).decode()
    except (keys.NoSuchKey, keys.SealBroken, binascii.Error, ValueError):
        return ""


@desk
@never_cache
@require_safe
def subject(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show every case about the same thing, the same author and the same bytes, with what was decided and when."""
    case = get_object_or_404(Case.objects.select_related("subject__provider"), uid=uid)
    most = history.SHOWN_ON_PAGE
    context = {
        "case": case,
        "same": history.earlier(history.same_thing(case), most=most),
        "author": history.earlier(history.same_author(case), most=most),
        "copies": history.earlier(history.copies_of(case), most=most),
        "signs": history.signs(case),
        "known": conversations.known(conversations.threads(case)),
        "shown": most,
        "now": timezone.now(),
    }
    return render(request, "cases/subject.html", context)


@desk
@never_cache
@require_http_methods(["GET", "POST"])
def keys_page(request: HttpRequest) -> HttpResponse:
    """List the keys of the desk, and switch them off or on for this browser."""
    if request.method != "POST":
        return render(request, "cases/keys.html", {"is_on": keyboard.is_on(request)})
    answer = redirect("cases:keys")
    keyboard.switch(answer, on=request.POST.get("keys") == "on", is_https=request.is_secure())
    return answer
