"""Closed sets of children-only areas."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Room(models.TextChoices):
    """For which ages one part of an area is, as the bands of PP Tunas (Indonesia, 2025) have it."""

    SMALL = "6-9", _("6 to 9 years")
    MIDDLE = "10-12", _("10 to 12 years")
    YOUNG_TEEN = "13-15", _("13 to 15 years")
    TEEN = "16-17", _("16 and 17 years")


# The age that a room is for, and the one at which it is over.
_FROM = {Room.SMALL: 6, Room.MIDDLE: 10, Room.YOUNG_TEEN: 13, Room.TEEN: 16}
_UNTIL = {Room.SMALL: 10, Room.MIDDLE: 13, Room.YOUNG_TEEN: 16, Room.TEEN: 18}


def room_of(known: Mapping[int, bool]) -> Room | None:
    """Return the room for a child of whose age this is known, or None: a grown-up, or not known well enough."""
    for room in Room:
        # From six on there is one room only, so who is under ten needs no lower age.
        is_from = room == Room.SMALL or known.get(_FROM[room]) is True
        if is_from and known.get(_UNTIL[room]) is False:
            return room
    return None


class Basis(models.TextChoices):
    """What shows that somebody is no grown-up."""

    GUARDIAN = "guardian", _("A guardian whose age was shown surely")
    ROSTER = "roster", _("The school's list")
    ISSUER = "issuer", _("A trusted issuer says: not over 18")


class Check(models.TextChoices):
    """What was looked at before somebody may moderate."""

    RECORD = "record", _("Certificate of the criminal record")
    REGISTER = "register", _("Register of people barred from work with children")
    EMPLOYER = "employer", _("Check by the school or employer")
