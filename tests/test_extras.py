"""Leeward starts with what `make setup` installs: what belongs to an extra is loaded only where it is set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stage.processes import plain_environment

# The packages of the extras `scale`, `classifiers` and `zk`, by the names under which they are imported.
EXTRAS = (
    *("botocore", "celery", "channels_redis", "kombu", "onnxruntime", "psycopg", "pyarrow", "pylongfellow", "redis"),
    *("storages", "zstandard"),
)
_START = """
import sys
for name in {hidden!r}:
    sys.modules[name] = None  # An import of it fails, as where it is not installed.
import django
django.setup()
import leeward.site.asgi, leeward.site.urls
from django.core.management import call_command
call_command("check")
"""


def started(tmp_path: Path, *, hidden: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    env = plain_environment() | {"DJANGO_SETTINGS_MODULE": "leeward.site.settings", "LEEWARD_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", _START.format(hidden=hidden)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_it_starts_without_any_extra(tmp_path: Path) -> None:
    done = started(tmp_path, hidden=EXTRAS)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("needed", ["httpx", "ninja"])
def test_what_it_does_need_would_be_missed(tmp_path: Path, needed: str) -> None:
    done = started(tmp_path, hidden=(needed,))

    assert done.returncode != 0
    assert f"import of {needed}" in done.stderr
