"""Tell onlookers what was compared with the signs in force, for whoever counts beside the answer and has no part in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leeward.indicators.models import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """What one file or address was asked about by: exact values, and picture hashes of 32 octets in every orientation."""

    exact: tuple[tuple[Kind, str], ...] = ()
    pictures: tuple[bytes, ...] = ()


_onlookers: list[Callable[[Asked], None]] = []


def watch(onlooker: Callable[[Asked], None]) -> None:
    """Hand everything that is compared in this process to `onlooker`, which must return at once. Only `site/loop.py` calls this."""
    if onlooker not in _onlookers:
        _onlookers.append(onlooker)


def tell(asked: Asked) -> None:
    """Hand on what was just compared. The answer to it is made already and cannot change."""
    for onlooker in _onlookers:
        onlooker(asked)
