"""What a counsellor and a supervisor can do with a talk: take it, hand it over, note, flag, join, end.

Whoever has a seat at the desk of a talk, and nobody else, comes this far; see `shifts.services.seat_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leeward.core.models import Role, User
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation
from leeward.helplines.desk.models import Call, Draft, Note
from leeward.helplines.shifts import services as shifts
from leeward.helplines.shifts.models import Seat

State, Risk = Conversation.State, Conversation.Risk
SEALED_MAX_BYTES = talks.SEALED_MAX_BYTES
MOST_NOTES = 200


@dataclass(frozen=True)
class Typed:
    """What was typed and not sent, sealed like a note with this id."""

    client_id: UUID
    sealed: bytes


class TooManyChats(Exception):
    """The counsellor talks with as many children as the seat allows: end or hand over one first."""


class TooManyNotes(Exception):
    """The talk has `MOST_NOTES` notes: join what belongs together."""


class NobodyCalls(Exception):
    """No supervisor is called to this talk, or one has joined it already."""


class OnlySupervisors(Exception):
    """Only a supervisor joins a talk: the counsellor who has it flags it as urgent."""


def chats_of(person: User) -> int:
    """Return with how many children a counsellor talks now."""
    return Conversation.objects.filter(
        counsellor=person, kind=Conversation.Kind.CHAT, state=Conversation.State.TALKING
    ).count()


@transaction.atomic
def take(conversation: Conversation, *, by: User, at: datetime) -> None:
    """Take a talk that waits; raises `NotAtThisDesk`, `TooManyChats` and `conversations.services.AlreadyTaken`."""
    seat = shifts.seat_of(by, conversation.desk)
    # The lock lets one person take one talk at a time, whichever two windows are open.
    Seat.objects.select_for_update().get(pk=seat.pk)
    if conversation.kind == Conversation.Kind.CHAT and chats_of(by) >= seat.most_chats:
        raise TooManyChats
    talks.take(conversation, by=by, alias=seat.alias, at=at)


@transaction.atomic
def hand_over(conversation: Conversation, *, by: User, to: Seat, draft: Typed | None, at: datetime) -> None:
    """Give a talk to another seat of its desk, with the words that were typed and not sent, sealed; None where nothing was.

    The child reads no greeting and no good-bye, only the other name. Raises `NotAtThisDesk`, `TooLong`, and what
    `conversations.services.hand_over` raises.
    """
    shifts.seat_of(by, conversation.desk)
    if to.desk_id != conversation.desk_id:
        raise shifts.NotAtThisDesk
    taker = shifts.seat_of(to.person, conversation.desk)
    talks.hand_over(conversation, by=by, to=taker.person, alias=taker.alias)
    _keep(conversation, draft, at=at)


@transaction.atomic
def keep_draft(conversation: Conversation, *, draft: Typed | None, by: User, at: datetime) -> None:
    """Keep what was typed and not sent; None takes the old one away. Raises `TooLong` and `NotYours`."""
    if not has_talk(by, conversation):
        raise talks.NotYours
    _keep(conversation, draft, at=at)


def _keep(conversation: Conversation, draft: Typed | None, *, at: datetime) -> None:
    if draft is None:
        Draft.objects.filter(conversation=conversation).delete()
        return
    if len(draft.sealed) > SEALED_MAX_BYTES:
        raise talks.TooLong
    typed = {"client_id": draft.client_id, "sealed": draft.sealed, "at": at}
    Draft.objects.update_or_create(conversation=conversation, defaults=typed)


def has_talk(person: User, conversation: Conversation) -> bool:
    """True where the person has the talk now and still sits at its desk."""
    return (
        shifts.may_read(person, conversation)
        and Conversation.objects.filter(pk=conversation.pk, counsellor=person).exclude(state=State.ERASED).exists()
    )


@transaction.atomic
def note(conversation: Conversation, *, sealed: bytes, client_id: UUID, by: User, at: datetime) -> Note:
    """Keep a note; one that comes twice by its `client_id` is kept once. Raises `TooLong`, `TooManyNotes`, `NotYours`, `TalkEnded`."""
    if not shifts.may_read(by, conversation):
        raise talks.NotYours
    if len(sealed) > SEALED_MAX_BYTES:
        raise talks.TooLong
    talk = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if stored := Note.objects.filter(client_id=client_id, conversation=talk).first():
        return stored
    if talk.state == State.ERASED:
        raise talks.TalkEnded
    if talk.notes.count() >= MOST_NOTES:
        raise TooManyNotes
    return Note.objects.create(conversation=talk, author=by, client_id=client_id, sealed=sealed, at=at)


@transaction.atomic
def flag(conversation: Conversation, *, risk: Conversation.Risk, by: User, at: datetime) -> None:
    """Say how great the danger is. `URGENT` calls a supervisor, until one joins or the flag is taken back.

    Raises `NotAtThisDesk`, and what `conversations.services.set_risk` raises.
    """
    shifts.seat_of(by, conversation.desk)
    talks.set_risk(conversation, risk=risk, by=by)
    if risk == Risk.URGENT:
        Call.objects.get_or_create(conversation=conversation, defaults={"called_at": at})
    else:
        Call.objects.filter(conversation=conversation, joined_at=None).delete()


@transaction.atomic
def join(conversation: Conversation, *, by: User, at: datetime) -> None:
    """Answer a call as a supervisor of the desk; raises `NotAtThisDesk`, `OnlySupervisors` and `NobodyCalls`."""
    shifts.seat_of(by, conversation.desk)
    if Role.SUPERVISOR not in by.roles:
        raise OnlySupervisors
    joined = Call.objects.filter(conversation=conversation, joined_at=None).update(supervisor=by, joined_at=at)
    if not joined:
        raise NobodyCalls


@transaction.atomic
def end(conversation: Conversation, *, by: User, at: datetime) -> None:
    """Say good-bye for the desk; raises `NotYours` and `TalkEnded`. What was typed and not sent goes."""
    if not has_talk(by, conversation):
        raise talks.NotYours
    talks.finish(conversation, how=State.ENDED, at=at)
    Draft.objects.filter(conversation=conversation).delete()
