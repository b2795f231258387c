"""What the counsellors' page remembers: notes and drafts that the server cannot read, canned replies, calls, escalations."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User
from leeward.core.sealed_text import SealedTextField
from leeward.helplines.conversations.models import Conversation, Desk

REPLY_MAX = 600
REASON_MAX = 600
# What a report can hold (`reports.services.WORDS_MAX`), less the reason and the lines around both.
WORDS_MAX = 3300


class Note(models.Model):
    """What counsellors write about a talk for each other, sealed in the browser to the desk's key."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # Made by whoever writes, so that a note that comes twice is stored once.
    client_id = models.UUIDField(unique=True)
    sealed = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]


class Draft(models.Model):
    """The words that a counsellor had typed and not sent, sealed like a note. They travel with the talk."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="draft")
    client_id = models.UUIDField()
    sealed = models.BinaryField()
    at = models.DateTimeField()


class CannedReply(models.Model):
    """Words that a desk says often, with how hard they are to read."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="canned_replies")
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=60)
    words = models.CharField(max_length=REPLY_MAX)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "language", "title"], name="title_of_a_canned_reply_is_its_own")
        ]
        ordering = ["language", "title"]


class Call(models.Model):
    """An urgent talk to which a supervisor is called: open until one joins."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="call")
    called_at = models.DateTimeField()
    supervisor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    joined_at = models.DateTimeField(null=True)


class Escalation(models.Model):
    """What a counsellor or supervisor chose of a talk for the case desk. The words leave this row once the case has them."""

    class Agreed(models.TextChoices):
        YES = "yes", _("The child agreed")
        DUTY = "duty", _("The child did not agree or could not be asked, and duty forces it")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="escalations")
    agreed = models.CharField(max_length=4, choices=Agreed.choices)
    reason = SealedTextField(max_length=REASON_MAX, blank=True)
    words = SealedTextField(max_length=WORDS_MAX, blank=True)
    message_count = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed="yes") | Q(given_at__isnull=False) | ~Q(reason=""), name="duty_says_why"
            ),
            models.CheckConstraint(
                condition=Q(given_at=None) | Q(words="", reason=""), name="words_leave_once_the_case_has_them"
            ),
        ]
        ordering = ["-made_at"]
