"""Kinds of ages that laws name, and what holds where nobody confirmed a rule."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an age decides."""

    CONSENT = "digital_consent_age", _("Gives consent alone from")
    ACCOUNT = "account_minimum_age", _("May have an account from")
    LINK = "guardian_link_below", _("Account is linked to a guardian below")
    CONTENT = "content_age", _("May see pages for grown-ups from")
    CIVIL = "civil_age", _("Is of age from")


# Where no confirmed rule holds: the highest age of GDPR article 8(1) for consent, and 18 for what makes somebody a grown-up.
# The other two take a decision away from parents or ask for a link; only a law that somebody stands for does that.
STRICTEST: Mapping[Kind, int] = MappingProxyType(
    {Kind.CONSENT: 16, Kind.ACCOUNT: 0, Kind.LINK: 0, Kind.CONTENT: 18, Kind.CIVIL: 18}
)
