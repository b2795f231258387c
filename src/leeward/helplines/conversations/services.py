"""What a talk can be asked to do: begin, be found by its code, hold messages, be taken, handed over, finished, erased.

Nothing here reads a word: messages come sealed, once for the desk and once for the child. Chat, mailbox and desk share these
services, so what holds for a talk holds at each of their doors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from leeward.core import config, facts, keys, rows
from leeward.core.models import Role, User
from leeward.core.prepared import Given, Prepared
from leeward.helplines import events
from leeward.helplines.conversations.models import Conversation, Desk, DeskKey, Message

SEALED_MAX_BYTES = 8 * 1024  # Some 4,000 letters in any script, with the 48 bytes of the seal.
# A quick hand sends four lines in ten seconds. What is faster than this is a program.
FAST_COUNT, FAST_WITHIN = 20, timedelta(seconds=10)
_ERASED_AT_A_TIME = 200

State = Conversation.State
OPEN = (State.WAITING, State.TALKING, State.ANSWERED)
CLOSED = (State.ENDED, State.LEFT, State.ABANDONED, State.BLOCKED)


class NoDeskKey(Exception):
    """The desk has no key that messages could be sealed to: a supervisor makes one under /helpline/keys/."""


class FinderTaken(Exception):
    """Another talk has this code already: make a new code."""


class TooLong(Exception):
    """The sealed message is longer than `SEALED_MAX_BYTES`: send it in two parts."""


class TooFast(Exception):
    """More came than a person can type: wait a few seconds and send it again with the same client id."""


class TalkEnded(Exception):
    """The talk is over, or was erased: begin a new one."""


class NotYours(Exception):
    """Somebody else has this talk: take it first, or have it handed over."""


class AlreadyTaken(Exception):
    """Somebody else was quicker, or the talk is over: take the next one."""


def digest(finder: bytes) -> bytes:
    """Return the keyed digest under which a talk is found by what its code gives."""
    return keys.keyed_digest("finder", finder.hex())


@transaction.atomic
def begin(
    desk: Desk,
    *,
    kind: Conversation.Kind,
    language: str,
    band: str,
    topic: str,
    finder: bytes,
    child_key: bytes,
    at: datetime,
    uid: UUID | None = None,
) -> Conversation:
    """Begin a talk that waits for somebody of the desk; raises `NoDeskKey` and `FinderTaken`.

    `finder` and `child_key` are 32 octets each and come from the child's code; see `engines/sealing`. Whoever seals a message
    before the talk is there chooses its `uid`, to which the message is bound.
    """
    key = DeskKey.objects.filter(desk=desk, retired_at=None).first()
    if key is None:
        raise NoDeskKey(desk.pk)
    try:
        with transaction.atomic():
            return Conversation.objects.create(
                uid=uid or uuid4(),
                desk=desk,
                desk_key=key,
                kind=kind,
                state=State.WAITING,
                language=language,
                band=band,
                topic=topic,
                finder=digest(finder),
                child_key=child_key,
                opened_at=at,
                child_seen_at=at,
            )
    except IntegrityError:
        raise FinderTaken from None


def find(finder: bytes) -> Conversation | None:
    """Return the talk that a code opens, or None where no talk has it. An erased one has no code any more."""
    return Conversation.objects.filter(finder=digest(finder)).select_related("desk", "desk_key").first()


@transaction.atomic
def say(
    conversation: Conversation,
    *,
    sender: Message.Sender,
    author: User | None,
    client_id: UUID,
    for_desk: bytes,
    for_child: bytes,
    at: datetime,
) -> Message:
    """Keep a message and return it; one that comes twice by its `client_id` is kept once, and the first comes back.

    Raises `TooLong`, `TalkEnded`, `NotYours` where the author has not taken the talk, and `TooFast`.
    """
    if max(len(for_desk), len(for_child)) > SEALED_MAX_BYTES:
        raise TooLong
    # The lock gives the places their order; SQLite lets one writer in at a time without being asked.
    talk = _Locked.of(conversation)
    before = Message.objects.filter(conversation=conversation, sender=sender, client_id=client_id)
    if refusal := _refusal(talk, sender=sender, author=author, at=at):
        if stored := before.first():
            return stored
        raise refusal
    message = Message(
        conversation_id=talk.pk,
        place=talk.message_count + 1,
        sender=sender,
        author=author,
        client_id=client_id,
        for_desk=for_desk,
        for_child=for_child,
        at=at,
    )
    if not rows.insert_new(message):
        return before.get()
    _count(talk, sender=sender, at=at)
    return message


@dataclass(frozen=True)
class _Locked:
    """What `say` has to know of a talk that nobody else changes meanwhile."""

    pk: int
    state: str
    kind: str
    message_count: int
    counsellor: int | None
    has_answer: bool

    @classmethod
    def of(cls, conversation: Conversation) -> _Locked:
        row = _LOCKED.first(pk=conversation.pk)
        if row is None:
            raise Conversation.DoesNotExist
        return cls(*row)


# Asked for each message of each chat.
_LOCKED = Prepared(
    lambda: (
        Conversation.objects.select_for_update(of=("self",))
        .filter(pk=Given("pk", BigIntegerField()))
        .annotate(has_answer=Q(first_answer_at__isnull=False))
        .values_list("pk", "state", "kind", "message_count", "counsellor", "has_answer")
    )
)


def _refusal(talk: _Locked, *, sender: Message.Sender, author: User | None, at: datetime) -> Exception | None:
    if talk.state not in OPEN:
        return TalkEnded()
    if sender == Message.Sender.COUNSELLOR and (author is None or talk.counsellor != author.pk):
        return NotYours()
    return TooFast() if _is_fast(talk, at=at) else None


def _is_fast(talk: _Locked, *, at: datetime) -> bool:
    if talk.message_count < FAST_COUNT:
        return False
    some_ago = Message.objects.filter(conversation=talk.pk, place=talk.message_count - FAST_COUNT + 1)
    return some_ago.filter(at__gt=at - FAST_WITHIN).exists()


def _count(talk: _Locked, *, sender: Message.Sender, at: datetime) -> None:
    changes: dict[str, object] = {"message_count": talk.message_count + 1}
    is_mailbox = talk.kind == Conversation.Kind.MAILBOX
    if sender == Message.Sender.CHILD:
        changes["child_seen_at"] = at
        if is_mailbox:
            changes["state"] = State.WAITING
    else:
        if not talk.has_answer:
            changes["first_answer_at"] = at
        if is_mailbox:
            changes["state"] = State.ANSWERED
    Conversation.objects.filter(pk=talk.pk).update(**changes)


def since(conversation: Conversation, *, place: int) -> QuerySet[Message]:
    """Return the messages after `place`, in their order."""
    return conversation.messages.filter(place__gt=place).order_by("place")


def talks_of(counsellor: User) -> list[str]:
    """Return the uids of the talks that somebody has."""
    mine = Conversation.objects.filter(counsellor=counsellor, state=Conversation.State.TALKING)
    return [str(uid) for uid in mine.values_list("uid", flat=True)]


def take(conversation: Conversation, *, by: User, alias: str, at: datetime) -> None:
    """Take a talk that waits; raises `AlreadyTaken`. `alias` is the name that the child reads.

    A clock may go back, or another server's be behind: no talk is taken before it began.
    """
    taken = Conversation.objects.filter(pk=conversation.pk, state=State.WAITING).update(
        state=State.TALKING, counsellor=by, alias=alias, taken_at=Coalesce("taken_at", Greatest("opened_at", at))
    )
    if not taken:
        raise AlreadyTaken(conversation.pk)


def hand_over(conversation: Conversation, *, by: User, to: User, alias: str) -> None:
    """Give a talk to somebody else; a supervisor may do it for whoever has it. Raises `NotYours` and `TalkEnded`."""
    _change(conversation, by=by, states=(State.TALKING, State.ANSWERED), counsellor=to, alias=alias)


def set_risk(conversation: Conversation, *, risk: Conversation.Risk, by: User) -> None:
    """Say how great the danger is; whoever has the talk may, and each supervisor. Raises `NotYours` and `TalkEnded`."""
    _change(conversation, by=by, states=(*OPEN, *CLOSED), risk=risk)


def _change(conversation: Conversation, *, by: User, states: tuple[State, ...], **changes: object) -> None:
    mine = Conversation.objects.filter(pk=conversation.pk)
    if Role.SUPERVISOR not in by.roles:
        mine = mine.filter(counsellor=by)
    if not mine.exists():
        raise NotYours
    if not mine.filter(state__in=states).update(**changes):
        raise TalkEnded


def finish(conversation: Conversation, *, how: Conversation.State, at: datetime) -> None:
    """End a talk: `how` is one of `CLOSED`. The child can still read it. Raises `TalkEnded` where it was over before."""
    if how not in CLOSED:
        raise ValueError(f"a talk does not finish as {how}")
    ended = Conversation.objects.filter(pk=conversation.pk, state__in=OPEN).update(state=how, closed_at=at)
    if not ended:
        raise TalkEnded


def seen(conversation: Conversation, *, at: datetime) -> None:
    """Note a sign of the child, from which the days until erasure count."""
    Conversation.objects.filter(pk=conversation.pk, child_seen_at__lt=at).update(child_seen_at=at)


@transaction.atomic
def show_code_again(conversation: Conversation) -> bool:
    """Return True the first time that a child comes back: the code is shown once more then, and never after."""
    return bool(
        Conversation.objects.filter(pk=conversation.pk, is_code_shown_again=False).update(is_code_shown_again=True)
    )


@transaction.atomic
def erase(conversation: Conversation, *, at: datetime) -> None:
    """Erase the words and what opens them, at once and for good; harmless where it was done. The bare row stays for the figures."""
    erased = (
        Conversation.objects.filter(pk=conversation.pk)
        .exclude(state=State.ERASED)
        .update(
            state=State.ERASED,
            finder=None,
            child_key=None,
            alias="",
            erased_at=at,
            closed_at=Coalesce("closed_at", at),
        )
    )
    if not erased:
        return
    Message.objects.filter(conversation=conversation).delete()
    facts.announce(events.TalkErased(str(conversation.uid)), actor="system", at=at)


def erase_old(at: datetime) -> None:
    """Erase each talk that its child has not looked at for as long as the setting says, which the child was told."""
    before = at - timedelta(days=config.current().helplines.mailbox_days)
    old = Conversation.objects.filter(child_seen_at__lt=before).exclude(state=State.ERASED)
    for conversation in old.order_by("pk")[:_ERASED_AT_A_TIME]:
        erase(conversation, at=at)
