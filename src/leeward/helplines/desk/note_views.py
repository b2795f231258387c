"""Notes and drafts of a talk: sealed words come and go, and nobody here can read them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.helplines import octets
from leeward.helplines.conversations import services as talks
from leeward.helplines.desk import services, telling
from leeward.helplines.desk.forms import DraftForm, NoteForm
from leeward.helplines.desk.models import Note
from leeward.helplines.desk.views import staff, talk_of

_UNPROCESSABLE, _CONFLICT = 422, 409


@staff
@never_cache
@require_safe
def notes(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return the notes of a talk, sealed, the oldest first."""
    found = talk_of(request, uid)
    kept = Note.objects.filter(conversation=found).select_related("author")
    return JsonResponse({"notes": [_shown(note) for note in kept]})


def _shown(note: Note) -> dict[str, Any]:
    return {
        "client_id": str(note.client_id),
        "author": (note.author.get_full_name() or note.author.username) if note.author else "",
        "at": date_format(timezone.localtime(note.at), "DATETIME_FORMAT"),
        "sealed": octets.text_of(note.sealed),
    }


@staff
@require_POST
def add(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep one note."""
    found, form = talk_of(request, uid), NoteForm(request.POST)
    if not form.is_valid():
        return _refused(_("The note was not kept. Make it shorter, or load the page again."), status=_UNPROCESSABLE)
    try:
        note = services.note(found, **form.cleaned_data, by=access.person(request), at=timezone.now())
    except (talks.TalkEnded, talks.NotYours):
        return _refused(_("The note was not kept: this talk is not yours any more."), status=_CONFLICT)
    except services.TooManyNotes:
        return _refused(_("The note was not kept: there are too many notes. Join some of them."), status=_CONFLICT)
    telling.desk_changed(found)
    return JsonResponse(_shown(note), status=201)


@staff
@require_POST
def draft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep what was typed and not sent."""
    found, form = talk_of(request, uid), DraftForm(request.POST)
    if not form.is_valid():
        return _refused(_("The draft was not kept. Make it shorter."), status=_UNPROCESSABLE)
    try:
        services.keep_draft(found, draft=form.draft(), by=access.person(request), at=timezone.now())
    except talks.NotYours:
        return _refused(_("The draft was not kept: this talk is not yours any more."), status=_CONFLICT)
    return HttpResponse(status=204)


def _refused(words: str, *, status: int) -> HttpResponse:
    return JsonResponse({"words": words}, status=status)
