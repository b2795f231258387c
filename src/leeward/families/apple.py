"""The configuration profile by which an iPhone, an iPad or a Mac asks our resolver.

Keys and types: «DNSSettings», «TopLevel» and «CommonPayloadKeys» of Apple's device management schema,
github.com/apple/device-management, mdm/profiles. The profile is not signed, and a device says so before it takes it.
"""

from __future__ import annotations

import plistlib
import uuid
from typing import Any, Final

from django.utils.translation import gettext as _

from leeward.families import devices
from leeward.families.models import Device
from leeward.families.setup import Ways

MEDIA_TYPE: Final = "application/x-apple-aspen-config"
FILE_NAME: Final = "leeward.mobileconfig"


class NoWay(Exception):
    """The operator has opened no way that an Apple device can use: set LEEWARD_DNS_NAME and DNS over HTTPS."""


def profile(device: Device, ways: Ways) -> bytes:
    """Return the profile of a device that has joined, as an XML property list. Raises `NoWay`.

    Downloading it twice gives the same numbers, so the device replaces the profile instead of keeping two.
    `ProhibitDisablement` is left out: a device that nobody supervises does not heed it.
    """
    identifier = ".".join([*reversed(ways.name.split(".")), "leeward", device.uid.hex])
    payload = {
        "PayloadType": "com.apple.dnsSettings.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.dns",
        "PayloadUUID": _number(device, "dns"),
        "PayloadDisplayName": _("Family shelter"),
        "DNSSettings": _settings(device, ways),
    }
    whole = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": _number(device, "profile"),
        "PayloadDisplayName": _("Family shelter of %(name)s") % {"name": ways.name},
        "PayloadDescription": _(
            "The names that this device asks for are answered with the limits that its family chose."
        ),
        "PayloadOrganization": ways.name,
        # Without it macOS 26.1 and later take the profile for a broken VPN: github.com/paulmillr/encrypted-dns, issue 190.
        "PayloadScope": "System",
        "PayloadContent": [payload],
    }
    return plistlib.dumps(whole)


def _settings(device: Device, ways: Ways) -> dict[str, Any]:
    token = devices.dns_token(device)
    if not ways.is_for_apple:
        raise NoWay
    # HTTPS first: the name of DNS over TLS shows the token to everybody on the way.
    if ways.https_port is not None:
        return {"DNSProtocol": "HTTPS", "ServerURL": ways.https_address(token)}
    return {"DNSProtocol": "TLS", "ServerName": ways.tls_name(token)}


def _number(device: Device, part: str) -> str:
    return str(uuid.uuid5(device.uid, f"leeward apple {part}")).upper()
