"""Keys of machines: made once, shown once, stored as keyed digests, and open only the doors in their scopes."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from django.db import DatabaseError
from django.http import HttpRequest
from ninja.security import HttpBearer

from leeward.core import keys, problems
from leeward.core.models import ApiKey, Organisation, Role, User

PREFIX = "lwk_"
# Asked before every question of a machine, so written out once: building it anew costs four times as much as asking it.
_HOLDER = (
    "SELECT o.*, k.scopes FROM core_apikey k JOIN core_organisation o ON o.id = k.organisation_id "
    # A person's key opens no machine's door, whatever its scopes say.
    "WHERE k.digest = %s AND k.revoked_at IS NULL AND k.person_id IS NULL"
)


def make_key(
    organisation: Organisation,
    *,
    scopes: list[ApiKey.Scope],
    at: datetime,
    text: str = "",
    person: User | None = None,
) -> str:
    """Make a key for a machine of an organisation, or for one of its people, and return its text, which is not kept."""
    text = text or PREFIX + secrets.token_urlsafe(32)
    ApiKey.objects.create(
        organisation=organisation,
        person=person,
        digest=keys.keyed_digest("api key", text),
        scopes=[str(scope) for scope in scopes],
        created_at=at,
    )
    return text


def holder(text: str, *, scope: ApiKey.Scope) -> Organisation | None:
    """Return whose key this is, or None where it is unknown, revoked or has not that scope."""
    found = Organisation.objects.raw(_HOLDER, [keys.keyed_digest("api key", text)])
    return next((holder for holder in found if scope in json.loads(vars(holder)["scopes"])), None)


def refuse_other_scope(text: str, *scopes: ApiKey.Scope) -> None:
    """Refuse with 403 that names the scopes of a door, where this is a machine's key that is in force and has none of them."""
    found = ApiKey.objects.filter(digest=keys.keyed_digest("api key", text), revoked_at=None, person=None)
    if found.exists():
        wanted = " or ".join(f"«{scope}»" for scope in scopes)
        raise problems.Refused(403, f"This key has not the scope {wanted}. Ask the operator for a key that has it.")


def person_of(text: str, *, scope: ApiKey.Scope) -> User | None:
    """Return whose personal key this is; None where it is unknown, revoked, lacks the scope, or its person was switched off."""
    keyed = ApiKey.objects.select_related("person").filter(digest=keys.keyed_digest("api key", text), revoked_at=None)
    found = keyed.filter(person__is_active=True).first()
    return found.person if found is not None and scope in found.scopes else None


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
            found = holder(token, scope=self.scope)
            if found is None:
                refuse_other_scope(token, self.scope)
            return found
        except DatabaseError:
            # Fails towards safety: whoever asks about an upload and has no answer holds it.
            raise problems.Refused(
                503, "The database does not answer. Hold what you asked about and ask again."
            ) from None


class PersonalKey(HttpBearer):
    """Opens an API door to people who bring a key of their own and hold one of some roles; they act as themselves."""

    openapi_name = "PersonalKey"

    def __init__(self, scope: ApiKey.Scope, roles: frozenset[Role]) -> None:
        super().__init__()
        self.scope, self.roles = scope, roles

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        person = person_of(token, scope=self.scope)
        if person is not None and not person.roles & self.roles:
            raise problems.Refused(403, "The person of this key has no role for this door. Ask the operator.")
        return person


def person(request: HttpRequest) -> User:
    """Return who opened this door; only for handlers behind `PersonalKey`, which sets it."""
    found: User = request.auth  # type: ignore[attr-defined]  # ninja sets it to what PersonalKey returned
    return found
