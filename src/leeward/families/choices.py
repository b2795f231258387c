"""Closed sets that a family chooses from: pictures that we drew, kinds of devices, bands of age."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leeward.engines.reading import Band


class Picture(models.TextChoices):
    """The picture of a child. Each has its drawing in `templates/families/pictures/children`."""

    FOX = "fox", _("Fox")
    OWL = "owl", _("Owl")
    CAT = "cat", _("Cat")
    BEAR = "bear", _("Bear")
    RABBIT = "rabbit", _("Rabbit")
    FROG = "frog", _("Frog")
    PENGUIN = "penguin", _("Penguin")
    WHALE = "whale", _("Whale")
    TURTLE = "turtle", _("Turtle")
    BEE = "bee", _("Bee")


class AgeBand(models.TextChoices):
    """The years of a child's life, roughly: nobody is asked for a date of birth."""

    SMALL = Band.SMALL.value, _("6 to 9 years")
    MIDDLE = Band.MIDDLE.value, _("10 to 12 years")
    TEEN = Band.TEEN.value, _("13 to 17 years")


class Kind(models.TextChoices):
    """What a device is. Each has its drawing in `templates/families/pictures/devices`."""

    PHONE = "phone", _("Phone")
    TABLET = "tablet", _("Tablet")
    COMPUTER = "computer", _("Computer")
    CONSOLE = "console", _("Game console")
    TELEVISION = "television", _("Television")
    WATCH = "watch", _("Watch")
    OTHER = "other", _("Something else")


class Sticker(models.TextChoices):
    """What tells two devices of one kind apart. Each has its drawing in `templates/families/pictures/stickers`."""

    # With a context, because Django itself translates «Sun» as the short name of a day.
    STAR = "star", pgettext_lazy("drawing", "Star")
    MOON = "moon", pgettext_lazy("drawing", "Moon")
    SUN = "sun", pgettext_lazy("drawing", "Sun")
    CLOUD = "cloud", pgettext_lazy("drawing", "Cloud")
    LEAF = "leaf", pgettext_lazy("drawing", "Leaf")
    FLOWER = "flower", pgettext_lazy("drawing", "Flower")
    BOAT = "boat", pgettext_lazy("drawing", "Boat")
    KITE = "kite", pgettext_lazy("drawing", "Kite")


class Use(models.TextChoices):
    """Who uses a device."""

    CHILD = "child", _("One child")
    SHARED = "shared", _("Everybody at home")
    GUEST = "guest", _("Guests")


class Standing(models.TextChoices):
    """What a guardian may do: only the owner invites another one."""

    OWNER = "owner", _("Began this family page")
    GUARDIAN = "guardian", _("Joined by a code")
