"""Dan runs the provider's machines and may trust issuers. Examplia's issuer has a certificate; Eve has a guardian's account."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from leeward.core.models import Membership, Organisation, Role, User
from leeward.engines.mdoc.tests.wallet import Issuer


def pem(issuer: Issuer) -> bytes:
    """Return the root certificate of an issuer as a file."""
    return issuer.root.public_bytes(Encoding.PEM)


def person(name: str, role: Role) -> User:
    user = User.objects.create_user(name, email=f"{name}@provider.example")
    provider, _ = Organisation.objects.get_or_create(
        slug="provider", defaults={"name": "Provider", "kind": Organisation.Kind.PROVIDER}
    )
    Membership.objects.create(user=user, organisation=provider, role=role)
    return user


def browser_of(user: User) -> Client:
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture(scope="session")
def examplia() -> Issuer:
    return Issuer()


@pytest.fixture(scope="session")
def ruritania() -> Issuer:
    return Issuer(name="Ages of Ruritania")


@pytest.fixture
def dan(db: None) -> User:
    return person("dan", Role.OPERATOR)


@pytest.fixture
def eve(db: None) -> User:
    return person("eve", Role.GUARDIAN)
