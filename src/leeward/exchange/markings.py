"""What the markings of the Traffic Light Protocol mean, for whoever never met them.

Source: FIRST, Traffic Light Protocol 2.0, https://www.first.org/tlp/
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from leeward.indicators.models import Tlp

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MEANINGS: Mapping[Tlp, StrPromise] = MappingProxyType(
    {
        Tlp.CLEAR: _("Whoever gets it may tell everybody."),
        Tlp.GREEN: _("Whoever gets it may tell those it works with, but not the public."),
        Tlp.AMBER: _("Whoever gets it may tell its own people and its customers, where they need it."),
        Tlp.AMBER_STRICT: _("Whoever gets it may tell its own people only."),
        Tlp.RED: _("Only those to whom it was told may know it."),
    }
)
