"""What exchange remembers; Django looks for models here."""

from __future__ import annotations

from leeward.exchange.bells.models import Rung
from leeward.exchange.intake.models import Disagreement, Feedback, Received
from leeward.exchange.partners.models import FormerStanding, Nonce, Partner, PartnerKey
from leeward.exchange.receipts.models import Receipt
from leeward.exchange.sharing.models import ShareRule
from leeward.exchange.shelf.models import Shelved, Version
from leeward.exchange.taxii.models import Submission

__all__ = [
    "Disagreement",
    "Feedback",
    "FormerStanding",
    "Nonce",
    "Partner",
    "PartnerKey",
    "Receipt",
    "Received",
    "Rung",
    "ShareRule",
    "Shelved",
    "Submission",
    "Version",
]
