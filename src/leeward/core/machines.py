"""Keys of machines: made once, shown once, stored as keyed digests, and open only the doors in their scopes."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from django.db import DatabaseError
from django.http import HttpRequest
from ninja.security import HttpBearer

from leeward.core import keys, problems
from leeward.core.models import ApiKey, Organisation

PREFIX = "lwk_"
# Asked before every question of a machine, so written out once: building it anew costs four times as much as asking it.
_HOLDER = (
    "SELECT o.*, k.scopes FROM core_apikey k JOIN core_organisation o ON o.id = k.organisation_id "
    "WHERE k.digest = %s AND k.revoked_at IS NULL"
)


def make_key(organisation: Organisation, *, scopes: list[ApiKey.Scope], at: datetime, text: str = "") -> str:
    """Make a key for a machine of an organisation and return its text, which is not kept."""
    text = text or PREFIX + secrets.token_urlsafe(32)
    ApiKey.objects.create(
        organisation=organisation,
        digest=keys.keyed_digest("api key", text),
        scopes=[str(scope) for scope in scopes],
        created_at=at,
    )
    return text


def holder(text: str, *, scope: ApiKey.Scope) -> Organisation | None:
    """Return whose key this is, or None where it is unknown, revoked or has not that scope."""
    found = Organisation.objects.raw(_HOLDER, [keys.keyed_digest("api key", text)])
    return next((holder for holder in found if scope in json.loads(vars(holder)["scopes"])), None)


def caller(request: HttpRequest) -> Organisation:
    """Return whose key opened this door; only for handlers behind `Bearer`, which sets it."""
    organisation: Organisation = request.auth  # type: ignore[attr-defined]  # ninja sets it to what Bearer returned
    return organisation


class Bearer(HttpBearer):
    """Opens an API door to keys with one scope; the handler finds the organisation as `request.auth`."""

    def __init__(self, scope: ApiKey.Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Organisation | None:
        try:
            return holder(token, scope=self.scope)
        except DatabaseError:
            # Fails towards safety: whoever asks about an upload and has no answer holds it.
            raise problems.Refused(
                503, "The database does not answer. Hold what you asked about and ask again."
            ) from None
