"""What tests of permissions need beside the family itself: a grown-up who has shown it, rules, and a child's own browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.test import Client

from leeward.age.levels import Kind, Level
from leeward.age.models import AgeFact
from leeward.age.rules import kinds, permits
from leeward.age.rules.models import AgeRule
from leeward.core.models import User
from leeward.families import devices
from leeward.families.models import Device
from leeward.families.permission.choices import Scope
from leeward.families.permission.models import Permission

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOST = "localhost"
WANTED = (Scope.ACCOUNT, Scope.POST, Scope.DISCLOSURE)


def show_adult(person: User, *, level: Level = Level.ENHANCED, at: datetime = AT) -> None:
    """Let a person have shown to be over 18."""
    values = {
        "is_over": True,
        "level": level,
        "kind": Kind.VERIFICATION,
        "method": "wallet",
        "month": at.date().replace(day=1),
        "expires_at": at + timedelta(days=3650),
    }
    AgeFact.objects.update_or_create(user=person, threshold=18, defaults=values)


def rule(country: str, age: int, *, by: User, kind: kinds.Kind = kinds.Kind.CONSENT) -> AgeRule:
    """Let an operator stand for a rule."""
    return AgeRule.objects.create(
        country=country,
        country_name=country,
        kind=kind,
        age=age,
        law="An act",
        source="https://law.example/",
        digest=f"{country} {kind} {age}",
        suggested_at=AT,
        confirmed_by=by,
        confirmed_at=AT,
    )


def joined(device: Device) -> Client:
    """Let a device join, and return its browser."""
    browser = Client(headers={"host": HOST})
    browser.post(f"/family/{devices.address(device).partition('/family/')[2]}")
    return browser


def may(permission: Permission, scope: Scope = Scope.ACCOUNT, *, at: datetime = AT) -> bool:
    """True where a gate lets the child of this permission do it."""
    return permits.stands(permission.subject, scope, at=at)
