"""Who sits at a desk, the hours of its week, and the days that are different."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from leeward.core.models import User
from leeward.helplines.conversations.models import ALIAS_MAX, Desk

DAY_MINUTES = 24 * 60
MOST_CHATS = 3  # "accept one to three chats", research of helplines, 4.7
_USUAL_CHATS = 2


class Seat(models.Model):
    """One person's place at one desk. A role alone opens no desk: a seat does."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # What children read instead of the person's name.
    alias = models.CharField(max_length=ALIAS_MAX)
    most_chats = models.PositiveSmallIntegerField(
        default=_USUAL_CHATS, validators=[MinValueValidator(1), MaxValueValidator(MOST_CHATS)]
    )
    # Since when the person says «I am here»; empty on a break and after going home.
    here_since_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "person"], name="one_seat_at_a_desk"),
            models.UniqueConstraint(fields=["desk", "alias"], name="alias_means_one_person_at_a_desk"),
            models.CheckConstraint(
                condition=Q(most_chats__gte=1, most_chats__lte=MOST_CHATS), name="one_to_three_chats"
            ),
        ]


class Shift(models.Model):
    """A stretch of the week in which the desk is open, in local time of the desk.

    `start` and `end` are minutes of the day; an `end` that is not later than `start` is on the next day, and 1440 is midnight.
    """

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="shifts")
    # Who works then; empty where only the hours are planned.
    seat = models.ForeignKey(Seat, null=True, on_delete=models.SET_NULL, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()  # 0 is Monday.
    start = models.PositiveSmallIntegerField()
    end = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, start__lt=DAY_MINUTES, end__gt=0, end__lte=DAY_MINUTES),
                name="shift_lies_in_the_week",
            ),
            models.UniqueConstraint(
                fields=["desk", "weekday", "start", "end", "seat"], name="shift_of_a_seat_stands_once"
            ),
            models.UniqueConstraint(
                fields=["desk", "weekday", "start", "end"], condition=Q(seat=None), name="hours_stand_once"
            ),
        ]
        ordering = ["weekday", "start", "end", "pk"]


class SpecialDay(models.Model):
    """A date on which the weekly hours do not hold: a holiday, or other hours. No `start` means closed all day."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="special_days")
    date = models.DateField()
    name = models.CharField(max_length=60, blank=True)
    start = models.PositiveSmallIntegerField(null=True)
    end = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "date"], name="one_special_day_of_a_date"),
            models.CheckConstraint(
                condition=Q(start=None, end=None)
                | Q(start__isnull=False, end__isnull=False, start__lt=DAY_MINUTES, end__gt=0, end__lte=DAY_MINUTES),
                name="special_day_is_closed_or_has_hours",
            ),
        ]
        ordering = ["date"]
