"""The page of the chat, and the last word of a page that is left in a hurry."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access, config
from leeward.helplines import child_pages, octets, topics
from leeward.helplines.chat import door, lines, services
from leeward.helplines.chat.door import Door, Kind
from leeward.helplines.conversations import services as conversations
from leeward.helplines.conversations.models import Conversation
from leeward.helplines.mailbox import codes
from leeward.helplines.unspoken import services as unspoken

# A guess is told in steps of so many minutes, rounded up: nobody is angry about an early answer.
STEP_MINUTES = 5
# What the script says later; the rest of the words stands in the page.
_SAID = ("door", "chat", "refused")
# A finder of 32 octets in base64url.
_FINDER_SIGNS = 43

type Words = dict[str, dict[str, str]]


@access.public
@require_safe
def chat(request: HttpRequest) -> HttpResponse:
    """Show the door as it is now, and what stays secret, before the first word; the script opens the line."""
    words = child_pages.words(request)
    language = (get_language() or "en").split("-")[0]
    now = timezone.now()
    which = door.for_language(language, at=now)
    if request.method == "GET":
        unspoken.came(language, at=now)
    days = config.current().helplines.mailbox_days
    context = {
        "door": which,
        "door_lines": door_lines(which, words),
        "language": language,
        "site": octets.text_of(codes.site()),
        "topics": [(name, words["topic"][name]) for name in topics.IN_ORDER],
        "bands": Conversation.Band.values,
        "kept": words["door"]["kept"].format(days=days),
        "said": {table: words[table] for table in _SAID},
    }
    return child_pages.shown(request, "helplines/chat/chat.html", context)


def door_lines(which: Door, words: Words) -> list[str]:
    """Return what the door says, line by line, as the script says it, too."""
    said = words["door"]
    found = [said[which.kind]]
    if which.kind == Kind.BUSY:
        found += [said["place"].format(position=which.position), _wait(which.wait_s, said)]
    if which.opens_at is not None and which.desk is not None:
        found.append(said["opens"].format(time=_local(which.opens_at, zone=which.desk.time_zone)))
    return found if which.is_open else [*found, said["write"]]


def _wait(wait_s: int | None, said: dict[str, str]) -> str:
    if wait_s is None:
        return said["wait_unknown"]
    return said["wait"].format(minutes=max(1, ceil(wait_s / 60 / STEP_MINUTES)) * STEP_MINUTES)


def _local(at: datetime, *, zone: str) -> str:
    return date_format(at.astimezone(ZoneInfo(zone)), "l H:i")


@access.public
@csrf_exempt  # Whoever knows the finder has the talk; no cookie stands for anybody here.
@require_POST
@transaction.atomic
def leaving(request: HttpRequest) -> HttpResponse:
    """End the chat of a child that used the exit. The answer is the same whatever the finder finds, and nobody reads it."""
    talk = _talk(request.body) if len(request.body) == _FINDER_SIGNS else None
    if talk is not None:
        services.leave(talk, at=timezone.now())
        uid, desk_uid = str(talk.uid), str(talk.desk.uid)
        transaction.on_commit(lambda: lines.tell(uid, {"type": "state", "conversation": uid}))
        transaction.on_commit(lambda: lines.tell_desk(desk_uid, lines.CHANGED))
    return HttpResponse(status=204)


def _talk(text: bytes) -> Conversation | None:
    try:
        return conversations.find(octets.octets_of(text.decode("latin-1")))
    except octets.NoOctets:
        return None
