"""Whose limits hold for a visitor of a page."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from leeward.families.this_device import this_device
from leeward.filtering.subscribers import address as line_address
from leeward.filtering.subscribers import services as subscribers
from leeward.limits import services
from leeward.limits.choices import Whose
from leeward.limits.models import Limits


def limits_of(request: HttpRequest, *, at: datetime) -> Limits | None:
    """Return the limits of the device that somebody let join, else those of the home's line, else None: a stranger."""
    device = this_device(request)
    if device is not None:
        return services.of_device(device, at=at)
    address, port = line_address.of(request)
    return subscribers.limits_at(address, at=at, port=port)


def is_device(limits: Limits | None) -> bool:
    """Return whether `limits_of` found them by a device that has joined, on which the page of one's own limits opens."""
    return limits is not None and limits.whose != Whose.LINE
