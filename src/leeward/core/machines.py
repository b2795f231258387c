"""Keys of machines: made once, shown once, stored as keyed digests, and open only the doors in their scopes."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import DatabaseError
from django.http import HttpRequest
from ninja.security import HttpBearer

from leeward.core import keys, problems
from leeward.core.models import ApiKey, Organisation

PREFIX = "lwk_"


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
    digest = keys.keyed_digest("api key", text)
    key = ApiKey.objects.select_related("organisation").filter(digest=digest, revoked_at=None).first()
    return key.organisation if key is not None and scope in key.scopes else None


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
