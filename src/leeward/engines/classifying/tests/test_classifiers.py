"""A classifier in use is loaded, one that is not in use stops nothing, and one that cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leeward.engines.classifying import Classifier, ClassifierDidNotLoad, load_classifiers
from leeward.engines.classifying.tests.packages import BRIGHTNESS, ENTRY, install
from leeward.engines.classifying.tests.slot import ClassifierSlot

UNAVAILABLE = """
from leeward.engines.classifying import ClassifierUnavailable

class Brightness:
    def __init__(self):
        raise ClassifierUnavailable("it needs a lamp; buy one")
"""


class TestInstalledClassifier(ClassifierSlot):
    """A classifier of somebody else passes the shared test."""

    @pytest.fixture
    def classifier(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Classifier:
        install(tmp_path, monkeypatch)
        return load_classifiers(["brightness"])["brightness"]


def test_an_installed_classifier_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)

    assert load_classifiers(["brightness"])["brightness"].score(np.full((2, 2, 3), 255, dtype=np.uint8)) == 1


@pytest.mark.parametrize(
    ("entry", "module", "problem"),
    [
        (ENTRY, "import a_module_that_is_not_there", "ModuleNotFoundError.*made_up|made_up.*ModuleNotFoundError"),
        (ENTRY, "raise RuntimeError", "RuntimeError"),
        ("brightness = made_up_classifier:Absent", BRIGHTNESS, "AttributeError"),
        (ENTRY, "Brightness = object", "it has no name"),
        (ENTRY, BRIGHTNESS.replace("name = ", "name = 'dim' or "), "another name"),
        (ENTRY, BRIGHTNESS.replace("name=", "name='dim' or "), "another name"),
        (ENTRY, BRIGHTNESS.replace("threshold=0.9", "threshold=9"), "ValueError"),
        (f"{ENTRY}\nbrightness = made_up_classifier:X", BRIGHTNESS, "taken twice.*uninstall one"),
        (ENTRY, UNAVAILABLE, "brightness: it needs a lamp; buy one"),
        ("dim = made_up_classifier:Brightness", BRIGHTNESS, "no package registers it.*name one of: .*dim"),
    ],
)
def test_a_classifier_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, module: str, problem: str
) -> None:
    install(tmp_path, monkeypatch, entry=entry, module=module)

    with pytest.raises(ClassifierDidNotLoad, match=problem) as failure:
        load_classifiers(["brightness"])

    assert failure.value.name == "brightness"


def test_a_broken_classifier_that_nobody_named_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, module="raise RuntimeError")

    assert load_classifiers([]) == {}
