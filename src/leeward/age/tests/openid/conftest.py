"""Harbour Forum of `age.tests`, and programs of it that ask by OpenID Connect."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from leeward.age.models import Site
from leeward.age.openid import services
from leeward.age.tests.conftest import AT, ORIGIN, adults, client, forum, roster, signed_in, teens

__all__ = ["adults", "client", "forum", "roster", "signed_in", "teens"]

REDIRECT = f"{ORIGIN}/callback"


@dataclass(frozen=True)
class Program:
    """A client as its own settings know it."""

    client_id: str
    secret: str
    redirect_uri: str = REDIRECT


def program(site: Site, *, has_secret: bool = True, redirect_uri: str = REDIRECT) -> Program:
    """Return a new client of a site."""
    made, secret = services.add(site.pk, redirect_uri=redirect_uri, has_secret=has_secret, at=AT)
    return Program(made.client_id, secret, redirect_uri)


@pytest.fixture
def server(forum: Site) -> Program:
    """A program of the forum that can keep a secret."""
    return program(forum)


@pytest.fixture
def app(forum: Site) -> Program:
    """A program of the forum on a phone, which cannot."""
    return program(forum, has_secret=False)
