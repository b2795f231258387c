"""What an operator can set. `docs/operator/settings.md` is generated from this folder and a test compares them."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from leeward.core.config.house import Intake, Jobs, Server, Storage
from leeward.core.config.network import Dnsdist, Lines, Network
from leeward.core.config.work import Age, Desk, Exchange, Helplines, Screening

__all__ = [
    "SECTIONS",
    "Age",
    "Config",
    "Desk",
    "Dnsdist",
    "Exchange",
    "Helplines",
    "Intake",
    "Jobs",
    "Lines",
    "Network",
    "Screening",
    "Server",
    "Storage",
    "current",
]


@dataclass(frozen=True)
class Config:
    """All sections in force."""

    server: Server
    storage: Storage
    intake: Intake
    jobs: Jobs
    network: Network
    dnsdist: Dnsdist
    screening: Screening
    desk: Desk
    lines: Lines
    exchange: Exchange
    helplines: Helplines
    age: Age


SECTIONS: dict[str, type] = {
    "server": Server,
    "storage": Storage,
    "intake": Intake,
    "jobs": Jobs,
    "network": Network,
    "dnsdist": Dnsdist,
    "screening": Screening,
    "desk": Desk,
    "lines": Lines,
    "exchange": Exchange,
    "helplines": Helplines,
    "age": Age,
}


def current() -> Config:
    """Return the settings in force."""
    config: Config = settings.LEEWARD
    return config
