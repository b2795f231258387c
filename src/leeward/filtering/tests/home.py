"""A home for the tests of the families' tables: Bea looks after Ana, who has a phone, and the list of gambling sites is in force."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

from leeward.core import sequencer
from leeward.core.models import User
from leeward.engines.policy import family, mapped
from leeward.engines.policy.lists import Row
from leeward.families import devices, services
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.models import Child, Device, Household
from leeward.filtering.family import state as family_state
from leeward.filtering.lists import store as list_store
from leeward.filtering.lists.models import ListSource
from leeward.filtering.tests.signs import AT
from leeward.limits import services as limits_services
from leeward.limits.models import Limits

_numbers = itertools.count()


@dataclass
class Home:
    """A household of Bea's with Ana in it."""

    bea: User
    household: Household
    ana: Child
    phone: Device

    @property
    def limits(self) -> Limits:
        return limits_services.of_child(self.ana, at=AT)


def made(bea: User, *, at: datetime = AT) -> Home:
    """Make the home; the phone has not joined yet. Whoever then asks a page, which reads the clock, makes it now."""
    household = services.make_household(by=bea, at=at)
    ana = services.add_child(household, services.ChildDraft("Ana", Picture.FOX, AgeBand.MIDDLE), by=bea, at=at)
    draft = devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.CHILD, ana)
    return Home(bea, household, ana, devices.add_device(household, draft, by=bea, at=at))


def joined(device: Device) -> Device:
    """Let a device join."""
    devices.join_device(devices.address(device).rstrip("/").rpartition("/")[2], at=AT)
    device.refresh_from_db()
    return device


def identity(device: Device) -> bytes:
    """Return what the data planes know a device by."""
    return b"t" + devices.dns_token(device).encode("ascii")


def list_in_force(slug: str, *names: str, marks: str = "gambling") -> ListSource:
    """Put a list in force with these names; one that begins with `@` is an exception."""
    rows = [Row(name.removeprefix("@"), name.startswith("@")) for name in names]
    file = f"{slug}-{next(_numbers)}"
    count = list_store.write(rows, list_store.folder() / file)
    fields = {"name": slug, "marks": marks, "next_at": AT, "count": count, "last_good": file, "format": "domains"}
    source, _ = ListSource.objects.update_or_create(slug=slug, defaults=fields)
    return source


def stamped(at: datetime = AT) -> None:
    """Give what was announced its places."""
    while sequencer.stamp(at=at):
        pass


def ruled(name: str, who: bytes, *, at: datetime = AT) -> family.Rule:
    """Say by which rule the tables decide about a name."""
    return mapped.Family.open(family_state.folder()).decide(name, who, int(at.timestamp())).rule
