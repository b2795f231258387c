"""Answers that a surer way may still correct, and what came of it, as counts that name nobody."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User


class Side(models.TextChoices):
    """What an area asks for: at least an age, or less than it."""

    OVER = "over", _("At least")
    UNDER = "under", _("Younger than")


class OpenAnswer(models.Model):
    """What a way said of a visitor, as long as a surer one may still say otherwise. Erased with the comparison.

    Without an account it is found again by the browser for an hour, with one by the account for two months.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    browser = models.BinaryField(max_length=32)
    method = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    age = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=5, choices=Side.choices)
    was_let_in = models.BooleanField()
    # The chance with which this visitor was drawn for a second, surer way; 0 for everybody who was not.
    drawn_share = models.FloatField(default=0)
    said_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "method", "age", "side"],
                condition=models.Q(user__isnull=False),
                name="one_open_answer_of_an_account",
            ),
            models.UniqueConstraint(
                fields=["browser", "method", "age", "side"],
                condition=models.Q(user=None),
                name="one_open_answer_of_a_browser",
            ),
            models.CheckConstraint(
                condition=models.Q(drawn_share=0) | models.Q(was_let_in=True), name="only_who_was_let_in_is_drawn"
            ),
        ]


class Evidence(models.Model):
    """How many answers of a month turned out so. Neither who, nor by which other way, nor when in the month."""

    class Found(models.TextChoices):
        OF_AGE = "of_age", _("Of the age that was asked for")
        NOT_OF_AGE = "not_of_age", _("Not of that age")
        # Drawn, and no second way was taken, or it could not tell. That is no error.
        SILENT = "silent", _("No second answer")

    month = models.DateField()
    method = models.CharField(max_length=40)
    age = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=5, choices=Side.choices)
    was_let_in = models.BooleanField()
    # 0: they took a surer way of their own accord, so they stand for themselves only.
    drawn_share = models.FloatField()
    found = models.CharField(max_length=10, choices=Found.choices)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "method", "age", "side", "was_let_in", "drawn_share", "found"],
                name="one_count_of_an_evidence",
            )
        ]


class SignWeek(models.Model):
    """How often in a week something happened that somebody does who wants to get round an age check."""

    class Sign(models.TextChoices):
        OTHER_YEAR = "other_year", _("Came back to say another year")
        UNKNOWN_CODE = "unknown_code", _("Typed a code that nobody has")
        FAST_NETWORK = "fast_network", _("A network that answered too fast")

    # A Monday.
    week = models.DateField()
    sign = models.CharField(max_length=12, choices=Sign.choices)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "sign"], name="one_count_of_a_sign")]
