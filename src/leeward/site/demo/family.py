"""The family of the demo's parent: one child as a drawn picture, and its phone."""

from __future__ import annotations

from datetime import datetime

from leeward.core.models import User
from leeward.families import codes, devices, services
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use

PARENT = "parent"
ROBIN = services.ChildDraft("Robin", Picture.OWL, AgeBand.MIDDLE)


def make_family(*, at: datetime) -> None:
    """Give the account `parent` a household in which everything was done that a newcomer would do first."""
    parent = User.objects.get(username=PARENT)
    home = services.make_household(by=parent, at=at)
    robin = services.add_child(home, ROBIN, by=parent, at=at)
    draft = devices.DeviceDraft(Kind.PHONE, Sticker.KITE, Use.CHILD, robin)
    phone = devices.add_device(home, draft, by=parent, at=at)
    devices.join_device(codes.device_token(phone.token_uid), at=at)
