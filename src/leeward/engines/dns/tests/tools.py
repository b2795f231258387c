"""Tools of the field that judge our answers, where they are installed."""

import os
import shutil

import pytest


def tool(name: str, *, package: str) -> str:
    """Return where a program is; skip the test without it, unless this is the machine that must have everything."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed; install {package}")
        pytest.skip(f"{name} is not installed; install {package}")
    return found
