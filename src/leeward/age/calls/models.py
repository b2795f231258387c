"""What is remembered of video calls: who waits under which code, and two answers, until the attempt ends. No picture, no name."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.age.models import AgeTransaction
from leeward.core.models import User


class Desk(models.Model):
    """Where calls are held, and until when staff take them. There is one row at most."""

    # With {room} in it: every visitor has a room of their own.
    address = models.CharField(max_length=300)
    open_until = models.DateTimeField(null=True)


class Call(models.Model):
    """A visitor who waits for a call, or is in one."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempt = models.OneToOneField(AgeTransaction, on_delete=models.CASCADE, related_name="+")
    # What the visitor says at the beginning of the call, and what staff look for in the list.
    code = models.CharField(max_length=6, unique=True)
    room = models.CharField(max_length=30)
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "pk"]


class Answer(models.Model):
    """What one member of staff says of a visitor, for themselves."""

    class Said(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        UNSURE = "unsure", _("I cannot tell")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="answers")
    staff = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    said = models.CharField(max_length=6, choices=Said.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "staff"], name="one_answer_of_each_on_a_call")]
