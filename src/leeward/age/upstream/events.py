"""What is announced about services that are asked. Whoever showed an age there stands in none of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProviderSet:
    """The operator set up a service that is asked, or set it up anew."""

    service: str
    issuer: str


@dataclass(frozen=True)
class ProviderSwitched:
    """The operator switched a service on or off."""

    service: str
    is_open: bool
