"""Who may open which door. A view that says nothing opens for nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from leeward.core.models import Role, User

_ATTRIBUTE = "leeward_access"

type View = Callable[..., Any]


class Access:
    """What a view declared: everybody, the signed-in, or the holders of one of some roles."""

    def __init__(self, *, words: str, roles: frozenset[Role] | None, is_public: bool = False) -> None:
        self.words, self.roles, self.is_public = words, roles, is_public

    def admits(self, request: HttpRequest) -> bool:
        """True where the person who asks may come in."""
        if self.is_public:
            return True
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        return self.roles is None or bool(self.roles & user.roles)


PUBLIC = Access(words="everybody", roles=frozenset(), is_public=True)
SIGNED_IN = Access(words="the signed-in", roles=None)


def public(view: View) -> View:
    """Open a view for everybody."""
    setattr(view, _ATTRIBUTE, PUBLIC)
    return view


def signed_in(view: View) -> View:
    """Open a view for everybody with an account."""
    setattr(view, _ATTRIBUTE, SIGNED_IN)
    return view


def roles(*which: Role) -> Callable[[View], View]:
    """Open a view for people with one of these roles."""
    access = Access(words=" or ".join(role.label for role in which), roles=frozenset(which))

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return declare


def person(request: HttpRequest) -> User:
    """Return who asks; call it behind `signed_in` or `roles`."""
    assert isinstance(request.user, User)  # noqa: S101  # Those decorators admit people with an account only.
    return request.user


def declared(view: View) -> Access | None:
    """Return what a view declared, or None, which means that it opens for nobody."""
    access: Access | None = getattr(view, _ATTRIBUTE, None)
    return access
