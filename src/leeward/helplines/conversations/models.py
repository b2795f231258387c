"""What a helpline remembers of a talk: sealed words, and around them as little as the desk needs to answer well.

No name, no address of a network and no cookie stands here. The words are sealed twice, for the desk and for the child,
so the database alone opens neither side.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User

KEY_BYTES = 32
ALIAS_MAX = 30


class Desk(models.Model):
    """Counsellors who share a key, languages and shifts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60, unique=True)
    languages = models.JSONField(default=list)  # Codes of the site's languages, such as "mn".
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=40, default="UTC")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)


class DeskKey(models.Model):
    """One public key of a desk. What was sealed to an old one stays openable until it is erased."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="keys")
    public = models.BinaryField(max_length=KEY_BYTES, unique=True)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk"], condition=Q(retired_at=None), name="desk_has_one_key_in_force"),
        ]


class Conversation(models.Model):
    """One talk of a child with a desk, live or by mailbox. A code opens it again; of the code only a keyed digest is here."""

    class Kind(models.TextChoices):
        CHAT = "chat", _("Chat")
        MAILBOX = "mailbox", _("Mailbox")

    class State(models.TextChoices):
        WAITING = (
            "waiting",
            _("Waits for somebody"),
        )  # A chat that nobody has taken; a mailbox whose last word is the child's.
        TALKING = (
            "talking",
            _("With a counsellor"),
        )  # A chat that somebody has taken; a mailbox that somebody answers now.
        ANSWERED = "answered", _("Answered")  # Only a mailbox: the last word is the desk's.
        ENDED = "ended", _("Ended")  # The child or the counsellor said good-bye.
        LEFT = "left", _("Left safely")  # The child used the exit.
        ABANDONED = "abandoned", _("Gone before anybody came")
        BLOCKED = "blocked", _("Blocked")
        ERASED = "erased", _("Erased")  # The row stays without words or keys, for the figures.

    class Risk(models.TextChoices):
        NONE = "none", _("No sign of danger")
        WATCH = "watch", _("Keep an eye on it")
        URGENT = "urgent", _("Urgent")

    class Band(models.TextChoices):
        YOUNGEST = "6-9", "6–9"
        MIDDLE = "10-12", "10–12"
        OLDER = "13-17", "13–17"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="conversations")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    risk = models.CharField(max_length=7, choices=Risk.choices, default=Risk.NONE)
    band = models.CharField(max_length=6, choices=Band.choices, blank=True)
    language = models.CharField(max_length=10)
    topic = models.CharField(max_length=12, blank=True)  # A picture that the child pressed: see `topics.py`.
    # Both come from the code, derived where the child is (see `engines/sealing`): what finds the row, as a keyed digest, and the
    # public key that answers are sealed to. Empty once erased.
    finder = models.BinaryField(max_length=KEY_BYTES, null=True, unique=True)
    child_key = models.BinaryField(max_length=KEY_BYTES, null=True)
    desk_key = models.ForeignKey(DeskKey, on_delete=models.PROTECT, related_name="+")
    counsellor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    alias = models.CharField(
        max_length=ALIAS_MAX, blank=True
    )  # The name that the child reads; the real one stays inside.
    is_code_shown_again = models.BooleanField(default=False)
    message_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    first_answer_at = models.DateTimeField(null=True)
    child_seen_at = models.DateTimeField()  # The last sign of the child: a heartbeat of a chat, a visit of a mailbox.
    closed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="erased") | Q(finder=None, child_key=None), name="erased_talk_cannot_be_opened"
            ),
            models.CheckConstraint(
                condition=Q(kind="mailbox") | ~Q(state="answered"), name="only_a_mailbox_is_answered_and_waits"
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None) | Q(taken_at__gte=F("opened_at")), name="talk_is_taken_after_it_began"
            ),
        ]
        indexes = [models.Index(fields=["desk", "state", "opened_at"], name="talks_of_a_desk")]


class Message(models.Model):
    """One message, sealed to the desk's key and to the child's. `place` counts from 1 without a gap in its conversation."""

    class Sender(models.TextChoices):
        CHILD = "child", _("The child")
        COUNSELLOR = "counsellor", _("The counsellor")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    place = models.PositiveIntegerField()
    sender = models.CharField(max_length=10, choices=Sender.choices)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # Made by whoever sends, so that a message that comes twice is stored once.
    client_id = models.UUIDField()
    for_desk = models.BinaryField()
    for_child = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "place"], name="message_has_one_place"),
            models.UniqueConstraint(fields=["conversation", "sender", "client_id"], name="message_is_stored_once"),
            models.CheckConstraint(
                condition=Q(sender="counsellor") | Q(author=None), name="message_of_a_child_has_no_author"
            ),
        ]
        ordering = ["place"]
