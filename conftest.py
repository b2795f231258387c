"""What every test stands on: a data folder of its own, no network but this machine, and a cast that everyone knows.

The environment must be put right before Django reads its settings, so this file reads them itself. For the same reason
`DJANGO_SETTINGS_MODULE` stands here and not in `pyproject.toml`: from there pytest-django would read them first.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest
import pytest_socket

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def _own_environment() -> Path:
    """Point Leeward to a new folder, and forget what the person at this machine has set for another Leeward."""
    data_dir = Path(tempfile.mkdtemp(prefix="leeward-tests-"))
    for name in list(os.environ):
        if name.startswith("LEEWARD_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["LEEWARD_DATA_DIR"] = str(data_dir)
    os.environ["DJANGO_SETTINGS_MODULE"] = "leeward.site.settings"
    # WhiteNoise warns where its folder is missing, and a warning is an error here.
    (data_dir / "static").mkdir()
    return data_dir


_data_dir = _own_environment()
# `tests.stage` is no part of the installed package.
sys.path.append(str(Path(__file__).parent))

import django  # noqa: E402  # after the environment
from django.conf import settings  # noqa: E402

# Argon2 is slow on purpose; the tests sign in often and protect nobody.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
# The manifest of static files is made by `leeward collectstatic`; the tests from outside use the real one.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()

from django.utils import translation  # noqa: E402  # after the set-up

from leeward.core import paces  # noqa: E402  # after the set-up
from leeward.core.models import Membership, Organisation, Role, User  # noqa: E402  # after the set-up
from tests.stage.settling import Settle, settle_everything  # noqa: E402

_SLOW_MACHINE = [hypothesis.HealthCheck.too_slow]  # Two busy cores are slow at drawing; that says nothing of the code.
hypothesis.settings.register_profile("dev", deadline=None, suppress_health_check=_SLOW_MACHINE)
hypothesis.settings.register_profile("ci", deadline=None, suppress_health_check=_SLOW_MACHINE, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each worker choose a data folder of its own: with this name inherited, its settings would be read before this file."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    shutil.rmtree(_data_dir, ignore_errors=True)


@pytest.fixture(autouse=True)
def _only_this_machine() -> None:
    """Refuse every connection that leaves this machine. pytest-socket lifts it after each test."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _nobody_came_before() -> None:
    """Forget how often each address came and which language was spoken, which both outlive a test."""
    paces.forget()
    translation.deactivate()


@pytest.fixture
def harbour(db: None) -> Organisation:
    """The provider at whose place the story plays."""
    return Organisation.objects.create(slug="harbour", name="Harbour Photos", kind=Organisation.Kind.PROVIDER)


def _person(username: str, *, role: Role, at: Organisation) -> User:
    person = User.objects.create_user(username=username)
    Membership.objects.create(user=person, organisation=at, role=role)
    return person


@pytest.fixture
def bea(harbour: Organisation) -> User:
    """Ana's mother. Ana is 12 and reports; she needs no account."""
    return _person("bea", role=Role.GUARDIAN, at=harbour)


@pytest.fixture
def cem(harbour: Organisation) -> User:
    """A reviewer."""
    return _person("cem", role=Role.REVIEWER, at=harbour)


@pytest.fixture
def dan(harbour: Organisation) -> User:
    """A second reviewer."""
    return _person("dan", role=Role.REVIEWER, at=harbour)


@pytest.fixture
def sam(harbour: Organisation) -> User:
    """A senior reviewer."""
    return _person("sam", role=Role.SENIOR_REVIEWER, at=harbour)


@pytest.fixture
def olga(harbour: Organisation) -> User:
    """The operator."""
    return _person("olga", role=Role.OPERATOR, at=harbour)


@pytest.fixture
def eve(db: None) -> User:
    """Someone with an account and no rights."""
    return User.objects.create_user(username="eve")


@pytest.fixture
def settle(db: None) -> Settle:
    """Run everything owed in this process until nothing is due; see `tests.stage.settling`."""
    return settle_everything
