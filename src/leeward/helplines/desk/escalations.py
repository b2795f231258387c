"""Give the case desk what was chosen of a talk, in plain words, and forget it here once the case has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Message
from leeward.helplines.desk.models import REASON_MAX, WORDS_MAX, Escalation
from leeward.helplines.events import EscalationMade
from leeward.helplines.shifts import services as shifts

_SENDERS = {Message.Sender.CHILD: "Child", Message.Sender.COUNSELLOR: "Counsellor"}


class NothingChosen(Exception):
    """No message was chosen: choose what the case desk has to know, and no more."""


class NoSuchMessage(Exception):
    """A chosen place is none of this talk: choose again on the page."""


class TooMuch(Exception):
    """The chosen words are longer than `WORDS_MAX`: choose fewer messages."""


class DutyWithoutReason(Exception):
    """The child did not agree and no reason is written: say which duty forces it."""


@dataclass(frozen=True)
class Chosen:
    """One message as it was opened in the browser of whoever chose it."""

    place: int
    words: str


@transaction.atomic
def escalate(
    conversation: Conversation,
    *,
    chosen: Sequence[Chosen],
    agreed: Escalation.Agreed,
    reason: str,
    by: User,
    at: datetime,
) -> Escalation:
    """Keep the chosen words, sealed, for the case desk, and announce it. Only whoever may read the talk can.

    Raises `NotYours`, `TalkEnded` where the talk was erased, `NothingChosen`, `NoSuchMessage`, `TooMuch` and `DutyWithoutReason`.
    """
    if not shifts.may_read(by, conversation):
        raise talks.NotYours
    if Conversation.objects.select_for_update().get(pk=conversation.pk).state == Conversation.State.ERASED:
        raise talks.TalkEnded
    reason = reason.strip()[:REASON_MAX]
    if agreed == Escalation.Agreed.DUTY and not reason:
        raise DutyWithoutReason
    words = _joined(conversation, chosen)
    made = Escalation.objects.create(
        conversation=conversation,
        agreed=agreed,
        reason=reason,
        words=words,
        message_count=len(chosen),
        made_by=by,
        made_at=at,
    )
    facts.announce(EscalationMade(str(made.uid)), actor=f"user:{by.pk}", at=at)
    return made


def _joined(conversation: Conversation, chosen: Sequence[Chosen]) -> str:
    chosen = [one for one in chosen if one.words.strip()]
    if not chosen:
        raise NothingChosen
    places = {one.place for one in chosen}
    senders = dict(conversation.messages.filter(place__in=places).values_list("place", "sender"))
    if len(places) != len(chosen) or senders.keys() != places:
        raise NoSuchMessage
    ordered = sorted(chosen, key=lambda one: one.place)
    words = "\n\n".join(f"{_SENDERS[Message.Sender(senders[one.place])]}: {one.words.strip()}" for one in ordered)
    if len(words) > WORDS_MAX:
        raise TooMuch
    return words


def given(escalation: Escalation, *, at: datetime) -> None:
    """Forget the words of an escalation that a case has now. What stays says that and when it was, by whom, and how many messages."""
    Escalation.objects.filter(pk=escalation.pk, given_at=None).update(words="", reason="", given_at=at)
