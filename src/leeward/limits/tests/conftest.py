"""The family of `families.tests.conftest`, with limits: Bea sets them for Ana, who has a phone; Fay has another family."""

from __future__ import annotations

import pytest

from leeward.families.models import Child, Household
from leeward.families.tests.conftest import AT, ana, ben, client, fay, guardian_account, home, phone, signed_in
from leeward.limits import services
from leeward.limits.choices import Whose
from leeward.limits.models import Limits

__all__ = ["ana", "ben", "client", "fay", "guardian_account", "home", "phone", "signed_in"]


@pytest.fixture
def limits(ana: Child) -> Limits:
    """Ana's limits, as they are when her mother first looks."""
    return services.of_child(ana, at=AT)


@pytest.fixture
def shared(home: Household, ana: Child) -> Limits:
    """The limits of devices that everybody at home uses."""
    return services.of_household(home, Whose.SHARED, at=AT)
