"""The age door of a telephone company in CAMARA's shape: KYC Age Verification 0.1, `POST /verify`, with a three-legged token.

The network itself knows which line the visitor holds, so that nobody types a number, and we never learn it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from leeward.age.levels import Level
from leeward.age.upstream import wire
from leeward.age.upstream.models import Provider
from leeward.age.upstream.refusing import Refused

_YES, _NO = "true", "false"


@dataclass(frozen=True)
class Said:
    """Whether the holder of the line is of that age, and how sure that is."""

    is_over: bool
    level: Level


def ask(provider: Provider, *, access: str, age: int) -> Said:
    """Ask whether the holder of a line is at least so old. Raises `Refused`.

    A contract may be a parent's. Where the line is locked for children, or under a parent's control, «old enough» says nothing of
    whoever holds the telephone. Where the company never saw a document, the level is «basic».
    """
    body = {"ageThreshold": age, "includeContentLock": True, "includeParentalControl": True}
    headers = {"Authorization": f"Bearer {access}", "Content-Type": "application/json"}
    address = provider.api.rstrip("/") + "/verify"
    said = wire.ask("POST", address, issuer=provider.issuer, headers=headers, body=json.dumps(body).encode())
    check = said.get("ageCheck")
    if check not in {_YES, _NO}:
        raise Refused("carrier_not_available")
    is_over = check == _YES
    if is_over and _YES in {said.get("contentLock"), said.get("parentalControl")}:
        raise Refused("carrier_line_of_a_child")
    level = Level(provider.level)
    return Said(is_over, min(level, Level.BASIC) if said.get("verifiedStatus") is False else level)
