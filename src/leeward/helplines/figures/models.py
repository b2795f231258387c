"""Numbers without content, one row for each day of a desk. They stay when talks are erased, and name nobody."""

from __future__ import annotations

from django.db import models

from leeward.helplines.conversations.models import Conversation, Desk


class DoorDay(models.Model):
    """How the door of a desk stood on one of its days, in minutes looked at."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    planned_minutes = models.PositiveIntegerField(default=0)
    available_minutes = models.PositiveIntegerField(default=0)
    busy_minutes = models.PositiveIntegerField(default=0)
    counsellor_minutes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["desk", "date"], name="one_door_day")]


class TalkDay(models.Model):
    """The talks that began at a desk on one of its days, of one kind and language.

    `waits`, `abandoned_after` and `first_answers` count talks by how long it took: place n counts those within
    `spans.SPANS_S[n]` seconds, the last place all that took longer.
    """

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    kind = models.CharField(max_length=8, choices=Conversation.Kind.choices)
    language = models.CharField(max_length=10)
    begun = models.PositiveIntegerField()
    taken = models.PositiveIntegerField()
    abandoned = models.PositiveIntegerField()
    waits = models.JSONField()
    abandoned_after = models.JSONField()
    first_answers = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["desk", "date", "kind", "language"], name="one_talk_day")]
