"""Closed sets that limits are made of: whose they are, what a window is for, why a child gets more time, what it asks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Whose(models.TextChoices):
    """Whose limits they are."""

    CHILD = "child", _("One child")
    SHARED = "shared", _("Devices that everybody uses")
    GUEST = "guest", _("Devices of guests")
    LINE = "line", _("Everything else at home")


class Purpose(models.TextChoices):
    """What a window of the week is for."""

    BEDTIME = "bedtime", _("Bedtime")
    HOMEWORK = "homework", _("Homework")


class Why(models.TextChoices):
    """Why a child gets more time."""

    HOMEWORK = "homework", _("Homework is done")
    HELPED = "helped", _("Helped at home")
    READ = "read", _("Read a book")
    SPORT = "sport", _("Played outside")
    KIND = "kind", _("Was kind")
    OTHER = "other", _("Something else")


class Wish(models.TextChoices):
    """What a child asks for."""

    NAME = "name", _("Open a site")
    TIME = "time", _("More time")


class Answer(models.TextChoices):
    """How far a question of a child is."""

    WAITING = "waiting", _("Nobody has answered yet")
    ALLOWED = "allowed", _("Yes")
    REFUSED = "refused", _("No")
    WITHDRAWN = "withdrawn", _("Taken back")
