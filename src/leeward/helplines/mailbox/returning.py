"""What a child reads that came back: every message, in words or still sealed for the browser to open, and a form to write again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from leeward.engines import sealing
from leeward.helplines import child_pages, octets
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Message
from leeward.helplines.mailbox import codes, services
from leeward.helplines.mailbox.forms import WordsForm


@dataclass(frozen=True)
class Returned:
    """A talk that somebody opened. `opening` is what its code gives, or None where only the browser has that."""

    talk: Conversation
    opening: sealing.Opening | None


@dataclass(frozen=True)
class Line:
    """One message as the page shows it: `words` where the server opened it, else `sealed` for the browser."""

    is_mine: bool
    at: datetime
    sender: str
    client_id: UUID
    words: str | None
    sealed: str


def returned(
    request: HttpRequest,
    found: Returned,
    *,
    at: datetime,
    is_first: bool = False,
    code: str = "",
    notice: str = "",
    refusal: str = "",
    form: WordsForm | None = None,
) -> HttpResponse:
    """Show a talk to its child, with 422 where something was not taken. `is_first` shows the code once more."""
    talk, words = found.talk, child_pages.words(request)
    talk.refresh_from_db()
    context = {
        "talk": talk,
        "lines": [_line(found, message) for message in talks.since(talk, place=0)],
        "state": words["answers"].get(f"state_{talk.state}", words["answers"]["state_ended"]),
        "is_open": talk.state in talks.OPEN,
        "name": talk.alias or words["answers"]["somebody"],
        "ticket": codes.ticket(found.opening, at=at) if found.opening else "",
        "desk_key": octets.text_of(talk.desk_key.public),
        "client_id": uuid4(),
        "is_first": is_first,
        "code": code,
        "notice": words["answers"][notice] if notice else "",
        "refusal": words["write"][refusal] if refusal else "",
        "form": form or WordsForm(words, is_more=True),
    }
    status = 422 if refusal or form else 200
    return child_pages.shown(request, "helplines/mailbox/talk.html", context, status=status)


def _line(found: Returned, message: Message) -> Line:
    words = services.opened(found.talk, message, opening=found.opening) if found.opening else None
    return Line(
        is_mine=message.sender == Message.Sender.CHILD,
        at=message.at,
        sender=message.sender,
        client_id=message.client_id,
        words=words,
        sealed="" if found.opening else octets.text_of(message.for_child),
    )
