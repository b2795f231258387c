"""The pages of devices: for guardians, and the one page that opens on the device itself."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.core import access
from leeward.families import devices, undo
from leeward.families.forms import DeviceForm
from leeward.families.models import Child, Device, Guardian
from leeward.families.visits import at_home, guardian, show


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def add(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Add a device, and lead to its address."""
    asked, at = request.POST if request.method == "POST" else None, timezone.now()
    form = DeviceForm(asked, children=_children(seat))
    if not form.is_valid():
        return render(request, "families/device_form.html", {"form": form}, status=422 if form.is_bound else 200)
    device = devices.add_device(seat.household, form.draft(), by=seat.user, at=at)
    undo.offer(request.session, undo.Done.DEVICE_ADDED, device.uid, at=at)
    return redirect("families:device", uid=device.uid)


@guardian
@never_cache
@require_safe
@at_home
def device(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Show a device, and its address while it waits."""
    found = _device(seat, uid)
    waits = found.joined_at is None
    context = {
        "device": found,
        "waits": waits,
        "address": devices.address(found) if waits and found.token_until > timezone.now() else "",
    }
    return show(request, "families/device.html", context, about=found.uid)


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def change(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Change what a device is or who uses it."""
    found, asked = _device(seat, uid), request.POST if request.method == "POST" else None
    form = DeviceForm(asked, children=_children(seat), device=found)
    if not form.is_valid():
        context = {"form": form, "device": found}
        return render(request, "families/device_form.html", context, status=422 if form.is_bound else 200)
    devices.change_device(found, form.draft(), by=seat.user, at=timezone.now())
    messages.success(request, _("Kept."))
    return redirect("families:device", uid=found.uid)


@guardian
@require_POST
@at_home
def renew(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Make a new address for a device that waits."""
    found = _device(seat, uid)
    devices.renew_address(found, by=seat.user, at=timezone.now())
    messages.success(request, _("This is the new address. The old one does not work any more."))
    return redirect("families:device", uid=found.uid)


@guardian
@require_POST
@at_home
def remove(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take a device off."""
    found, at = _device(seat, uid), timezone.now()
    devices.remove_device(found, by=seat.user, at=at)
    undo.offer(request.session, undo.Done.DEVICE_REMOVED, found.uid, at=at)
    return redirect("families:family")


def _device(seat: Guardian, uid: UUID) -> Device:
    found = Device.objects.here().select_related("household", "child")
    return get_object_or_404(found, uid=uid, household=seat.household)


def _children(seat: Guardian) -> list[Child]:
    return list(seat.household.children.filter(removed_at=None))


@access.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let the device on which this page is open join, when somebody presses the button. It shows no name of anybody."""
    at = timezone.now()
    try:
        if request.method == "POST":
            context = {"device": devices.join_device(token, at=at), "has_joined": True}
        else:
            # Opening changes nothing: mail programs and search engines open addresses, too.
            context = {"device": devices.waiting(token, at=at), "has_joined": False}
    except devices.AddressOver:
        return render(request, "families/device_join.html", {}, status=404)
    return render(request, "families/device_join.html", context)
