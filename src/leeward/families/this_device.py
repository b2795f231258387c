"""Which device a visitor uses: a browser in which somebody pressed «Join» carries the signed number of its device."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from leeward.families.models import Device

COOKIE = "leeward_device"
KEPT_FOR = timedelta(days=400)  # Browsers keep no cookie longer: RFC 6265bis, section 5.5.
_SALT = "leeward.families.this_device"


def remember(answer: HttpResponse, device: Device) -> None:
    """Let the browser carry the device's number; it is signed, so nobody takes the place of another device."""
    answer.set_signed_cookie(
        COOKIE,
        device.uid.hex,
        salt=_SALT,
        max_age=int(KEPT_FOR.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def this_device(request: HttpRequest) -> Device | None:
    """Return the device from which the request came, or None: never joined, taken off, or its cookie was changed."""
    signed = request.get_signed_cookie(COOKIE, default=None, salt=_SALT, max_age=KEPT_FOR)
    if signed is None:
        return None
    found = Device.objects.here().filter(uid=UUID(hex=signed), joined_at__isnull=False)
    return found.select_related("household", "child").first()
