"""Where a guardian shows to be a grown-up: an area of this very site that asks for 18, which the operator has set up."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode, urlsplit

from leeward.age.models import Requirement
from leeward.core import config

_ADULT = 18
_NONCE_BYTES = 32


def requirement() -> Requirement | None:
    """Return what this site itself asks of guardians, the surest first, or None where the operator set up nothing."""
    here = urlsplit(config.current().server.site_url)
    found = Requirement.objects.filter(site__origin=f"{here.scheme}://{here.netloc}", age_over=_ADULT, closed_at=None)
    return found.order_by("-level", "pk").first()


def query(asked: Requirement) -> str:
    """Return what the pages of `age` must be asked with, so that the guardian comes back here."""
    return urlencode({"need": asked.slug, "nonce": secrets.token_urlsafe(_NONCE_BYTES)})
