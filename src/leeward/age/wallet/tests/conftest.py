"""Bea has an age proof app, and an issuer that the operator trusts. Eve has an app of an issuer that nobody knows."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from leeward.age.issuers import services as issuers
from leeward.age.issuers.models import Form
from leeward.age.tests.conftest import adults, children, client, forum, signed_in, teens
from leeward.core.models import User
from leeward.engines.mdoc.tests.wallet import Issuer

__all__ = ["adults", "children", "client", "forum", "signed_in", "teens"]


@pytest.fixture(scope="session")
def examplia() -> Issuer:
    """An issuer whose certificates are good today."""
    return Issuer(now=timezone.now().replace(microsecond=0))


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who may trust issuers."""
    return User.objects.create_user("dan", email="dan@provider.example")


@pytest.fixture
def trusted(examplia: Issuer, operator: User) -> Issuer:
    """The issuer, whose proofs count in both forms."""
    for form in Form:
        issuers.add(form, examplia.root.public_bytes(Encoding.PEM), by=operator, at=timezone.now())
    return examplia
