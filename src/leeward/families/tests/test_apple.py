"""The profile for Apple devices holds Apple's own keys and nothing else."""

from __future__ import annotations

import plistlib
import re
from dataclasses import replace
from typing import Any

import pytest

from leeward.core.config import Dnsdist, Network
from leeward.families import apple, devices, setup
from leeward.families.models import Device

pytestmark = pytest.mark.django_db

NAME = "dns.isp.example"
BOTH = setup.ways(Network(dns_name=NAME, dns_https_port=443, dns_tls_port=853), Dnsdist())

# Key, type, whether it must be there, and its values where there is a closed set. Source: TopLevel.yaml,
# CommonPayloadKeys.yaml and com.apple.dnsSettings.managed.yaml in github.com/apple/device-management, mdm/profiles.
type Rules = dict[str, tuple[type, bool, frozenset[object]]]
ANY: frozenset[object] = frozenset()
COMMON: Rules = {
    "PayloadIdentifier": (str, True, ANY),
    "PayloadUUID": (str, True, ANY),
    "PayloadVersion": (int, True, frozenset({1})),
    "PayloadDescription": (str, False, ANY),
    "PayloadDisplayName": (str, False, ANY),
    "PayloadOrganization": (str, False, ANY),
}
TOP: Rules = COMMON | {
    "PayloadType": (str, True, frozenset({"Configuration"})),
    "PayloadContent": (list, True, ANY),
    "PayloadRemovalDisallowed": (bool, False, ANY),
    "PayloadScope": (str, False, frozenset({"System", "User"})),
    "ConsentText": (dict, False, ANY),
}
DNS: Rules = COMMON | {
    "PayloadType": (str, True, frozenset({"com.apple.dnsSettings.managed"})),
    "DNSSettings": (dict, True, ANY),
    "OnDemandRules": (list, False, ANY),
    "ProhibitDisablement": (bool, False, ANY),
}
SERVER: Rules = {
    "DNSProtocol": (str, True, frozenset({"HTTPS", "TLS"})),
    "ServerURL": (str, False, ANY),
    "ServerName": (str, False, ANY),
    "ServerAddresses": (list, False, ANY),
    "AllowFailover": (bool, False, ANY),
    "SupplementalMatchDomains": (list, False, ANY),
}


def faults(found: dict[str, Any], rules: Rules) -> list[str]:
    """Return what Apple's description does not know, does not allow, or misses."""
    unknown = [f"{key} is unknown" for key in found if key not in rules]
    wrong = [
        f"{key} is no {rules[key][0].__name__}"
        for key in found
        if key in rules and type(found[key]) is not rules[key][0]
    ]
    values = [
        f"{key} is {found[key]}"
        for key in found
        if (allowed := rules.get(key, (str, False, ANY))[2]) and found[key] not in allowed
    ]
    missing = [f"{key} is missing" for key, (_, needed, _) in rules.items() if needed and key not in found]
    return [*unknown, *wrong, *values, *missing]


def read(device: Device, ways: setup.Ways = BOTH) -> dict[str, Any]:
    profile: dict[str, Any] = plistlib.loads(apple.profile(device, ways))
    return profile


def server(device: Device, ways: setup.Ways = BOTH) -> dict[str, Any]:
    settings: dict[str, Any] = read(device, ways)["PayloadContent"][0]["DNSSettings"]
    return settings


@pytest.mark.parametrize("ways", [BOTH, replace(BOTH, https_port=None)], ids=["https", "tls"])
def test_every_key_is_one_of_apples_and_of_its_type(ways: setup.Ways, phone: Device) -> None:
    profile = read(phone, ways)
    (payload,) = profile["PayloadContent"]

    assert faults(profile, TOP) == []
    assert faults(payload, DNS) == []
    assert faults(payload["DNSSettings"], SERVER) == []


def test_the_table_finds_a_key_that_apple_does_not_know() -> None:
    assert faults({"DNSProtocol": "QUIC", "ServerUrl": "x", "AllowFailover": 1}, SERVER) == [
        "ServerUrl is unknown",
        "AllowFailover is no bool",
        "DNSProtocol is QUIC",
    ]


def test_it_asks_over_https_with_the_devices_token(phone: Device) -> None:
    assert server(phone) == {
        "DNSProtocol": "HTTPS",
        "ServerURL": f"https://{NAME}/dns-query/{devices.dns_token(phone)}",
    }


def test_it_asks_over_tls_where_there_is_no_https(phone: Device) -> None:
    assert server(phone, replace(BOTH, https_port=None)) == {
        "DNSProtocol": "TLS",
        "ServerName": f"{devices.dns_token(phone)}.{NAME}",
    }


@pytest.mark.parametrize(
    "ways",
    [setup.ways(Network(), Dnsdist()), replace(BOTH, https_port=None, tls_port=8853)],
    ids=["nothing is open", "TLS on a port that Apple cannot say"],
)
def test_there_is_no_profile_where_an_apple_device_could_not_use_it(ways: setup.Ways, phone: Device) -> None:
    with pytest.raises(apple.NoWay):
        apple.profile(phone, ways)


def numbers(profile: dict[str, Any]) -> list[str]:
    return [profile["PayloadUUID"], *(payload["PayloadUUID"] for payload in profile["PayloadContent"])]


def test_the_same_device_gets_the_same_numbers_and_another_one_others(phone: Device) -> None:
    first, again = numbers(read(phone)), numbers(read(phone, replace(BOTH, https_port=None)))
    phone.uid = phone.household.uid  # Another number, as another device has.
    other = numbers(read(phone))

    assert first == again
    assert len({*first, *other}) == 4
    assert all(re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", number) for number in first)


def test_a_new_profile_takes_the_place_of_the_old_one(phone: Device) -> None:
    profile = read(phone)

    assert profile["PayloadIdentifier"] == f"example.isp.dns.leeward.{phone.uid.hex}"
    assert profile["PayloadContent"][0]["PayloadIdentifier"] == f"{profile['PayloadIdentifier']}.dns"


def test_it_names_nobody(phone: Device) -> None:
    words = apple.profile(phone, BOTH).decode()

    assert phone.child is not None
    assert phone.child.nickname not in words
    assert "bea" not in words
