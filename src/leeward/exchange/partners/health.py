"""Whether we hear from a partner: a colour and a word."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leeward.exchange.partners.models import Partner

# Whom we read from is asked every minute, so after five of them something is wrong.
SILENT = timedelta(minutes=5)


def tone(partner: Partner, *, at: datetime) -> tuple[str, str | Promise]:
    """Return `good`, `warn`, `bad` or nothing, and the word for it."""
    if not partner.is_active:
        return ("warn" if partner.state == Partner.State.SUSPENDED else "", partner.get_state_display())
    if partner.last_fault:
        return "bad", _("Last contact failed")
    if partner.last_contact_at is None:
        return "warn", _("No contact yet")
    if partner.url and partner.last_contact_at < at - SILENT:
        return "warn", _("Silent")
    return "good", _("In touch")
