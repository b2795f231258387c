"""What exchange remembers. Django looks for models here; each part has a module of its own."""

from __future__ import annotations

from leeward.exchange import (  # noqa: F401  # Django looks for models here.
    partner_models,
    receipt_models,
    received_models,
    version_models,
)
