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

from leeward.core import access, qr
from leeward.families import devices, this_device, undo
from leeward.families.forms import DeviceForm
from leeward.families.models import Child, Device, Guardian
from leeward.families.visits import at_home, guardian, show


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def add(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Add a device, and lead to its address. `?child=` with the uid of a child at home chooses who uses it."""
    asked, at = request.POST if request.method == "POST" else None, timezone.now()
    children = _children(seat)
    chosen = next((child for child in children if str(child.uid) == request.GET.get("child")), None)
    form = DeviceForm(asked, children=children, child=chosen)
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
    found = device_of(seat, uid)
    waits = found.joined_at is None
    address = devices.address(found) if waits and found.token_until > timezone.now() else ""
    context = {"device": found, "waits": waits, "address": address, "code": qr.code(address) if address else None}
    return show(request, "families/device.html", context, about=found.uid)


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def change(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Change what a device is or who uses it."""
    found, asked = device_of(seat, uid), request.POST if request.method == "POST" else None
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
    found = device_of(seat, uid)
    devices.renew_address(found, by=seat.user, at=timezone.now())
    messages.success(request, _("This is the new address. The old one does not work any more."))
    return redirect("families:device", uid=found.uid)


@guardian
@require_POST
@at_home
def remove(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take a device off."""
    found, at = device_of(seat, uid), timezone.now()
    devices.remove_device(found, by=seat.user, at=at)
    undo.offer(request.session, undo.Done.DEVICE_REMOVED, found.uid, at=at)
    return redirect("family")


def device_of(seat: Guardian, uid: UUID) -> Device:
    """Return a device of the guardian's household; anything else is not there."""
    found = Device.objects.here().select_related("household", "child")
    return get_object_or_404(found, uid=uid, household=seat.household)


def _children(seat: Guardian) -> list[Child]:
    return list(seat.household.children.filter(removed_at=None))


@access.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let the device on which this page is open join, when somebody presses the button. It shows no name of anybody."""
    at, is_pressed = timezone.now(), request.method == "POST"
    try:
        # Opening changes nothing: mail programs and search engines open addresses, too.
        found = devices.join_device(token, at=at) if is_pressed else devices.waiting(token, at=at)
    except devices.AddressOver:
        known = this_device.this_device(request) is not None
        return render(request, "families/device_join.html", {"known": known}, status=404)
    if not is_pressed:
        return render(request, "families/device_join.html", {"device": found})
    answer = redirect("families:device_setup")
    this_device.remember(answer, found)
    return answer
