"""How to let a device use the shelter: on the device itself, and on its guardian's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access, config
from leeward.families import apple, devices, setup
from leeward.families.choices import Kind
from leeward.families.device_views import device_of
from leeward.families.models import Device, Guardian
from leeward.families.this_device import this_device
from leeward.families.visits import at_home, guardian


@access.public
@never_cache
@require_safe
def on_device(request: HttpRequest) -> HttpResponse:
    """Say on a device that joined how it uses the shelter. It shows no name of anybody."""
    found = this_device(request)
    if found is None:
        return render(request, "families/device_setup.html", {}, status=404)
    guess = setup.guessed(request.headers.get("User-Agent", "")) or setup.of_kind(Kind(found.kind))
    return render(request, "families/device_setup.html", _context(found, guess, reverse("families:device_profile")))


@access.public
@never_cache
@require_safe
def profile_on_device(request: HttpRequest) -> HttpResponse:
    """Hand the device on which this is opened its Apple profile."""
    return _profile(this_device(request))


@guardian
@never_cache
@require_safe
@at_home
def of_guardian(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Say a guardian how one of their devices uses the shelter."""
    found = device_of(seat, uid)
    if found.joined_at is None:
        return redirect("families:device", uid=uid)
    profile = reverse("families:setup_profile", kwargs={"uid": uid})
    context = _context(found, setup.of_kind(Kind(found.kind)), profile)
    on_it = f"{config.current().server.site_url}{reverse('families:device_setup')}"
    return render(request, "families/setup.html", {**context, "on_it": on_it})


@guardian
@never_cache
@require_safe
@at_home
def profile_of_guardian(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Hand a guardian the Apple profile of one of their devices."""
    return _profile(device_of(seat, uid))


def _context(device: Device, guess: setup.System | None, profile: str) -> dict[str, Any]:
    ways, token = setup.current(), devices.dns_token(device)
    return {
        "device": device,
        "guess": guess.value if guess else "",
        "ways": ways,
        "https_address": ways.https_address(token),
        "tls_name": ways.tls_name(token),
        "profile": profile,
    }


def _profile(device: Device | None) -> HttpResponse:
    if device is None or device.joined_at is None:
        raise Http404
    try:
        octets = apple.profile(device, setup.current())
    except apple.NoWay:
        raise Http404 from None
    headers = {"Content-Disposition": f'attachment; filename="{apple.FILE_NAME}"'}
    return HttpResponse(octets, content_type=apple.MEDIA_TYPE, headers=headers)
