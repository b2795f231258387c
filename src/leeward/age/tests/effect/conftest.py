"""A share of visitors that is drawn for a second way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_django import Settings

type Share = Callable[[float], None]


@pytest.fixture
def drawn(settings: Settings) -> Share:
    """Let so large a share of visitors be drawn; 1 draws everybody, which only a test may."""

    def set_share(share: float) -> None:
        settings.LEEWARD = replace(settings.LEEWARD, age=replace(settings.LEEWARD.age, step_up_share=share))

    return set_share
