"""The slot `leeward.classifiers`: models that give a picture a score, of which the operator names those in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from leeward.engines.classifying._card import ModelCard

CLASSIFIERS_GROUP = "leeward.classifiers"

# What an import or a constructor of somebody else's package was seen to raise.
_LOAD_FAULTS = (ImportError, AttributeError, SyntaxError, TypeError, ValueError, LookupError, OSError, RuntimeError)


class ClassifierUnavailable(Exception):
    """Tell why a classifier cannot work here. Raised by a plug-in, with one sentence that ends in the next step.

    From a constructor it stops the start. From `score` it means that the picture was not judged: hold the upload.
    """


class ClassifierDidNotLoad(Exception):
    """Tell that a classifier in use cannot be used. Do what the message says, or take its name out of the setting."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{CLASSIFIERS_GROUP}: {name}: {problem}")
        self.name = name


class PixelsRefused(ValueError):
    """Tell that an array is no picture. Hand over height x width x 3 numbers of type uint8: red, green, blue."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassifierExample:
    """Give a harmless picture, pixels as for `score`, and the range in which its score must lie on every machine."""

    rgb: NDArray[np.uint8]
    at_least: float
    at_most: float


@runtime_checkable
class Classifier(Protocol):
    """Give a picture a score. Built without arguments by `load_classifiers`; asked by several threads at once."""

    @property
    def name(self) -> str:
        """Return the name under which the classifier is registered."""

    @property
    def card(self) -> ModelCard:
        """Return what people must know before they use it."""

    @property
    def side(self) -> int:
        """Return the smallest height and width that it wants, in pixels. Smaller pictures are taken too."""

    def score(self, rgb: NDArray[np.uint8]) -> float:
        """Return 0 (sees nothing) to 1, for height x width x 3 numbers. Raises PixelsRefused, ClassifierUnavailable."""

    def examples(self) -> Sequence[ClassifierExample]:
        """Return at least one harmless picture and its score; the shared test of the slot runs them."""


def check_pixels(rgb: NDArray[Any]) -> None:
    """Do nothing for height x width x 3 numbers of type uint8. Raises PixelsRefused for anything else."""
    if not isinstance(rgb, np.ndarray):
        raise PixelsRefused(f"a picture is a numpy array, not {type(rgb).__name__}; decode the file first")
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise PixelsRefused(f"a picture is height x width x 3, not {rgb.shape}; convert it to RGB first")
    if rgb.dtype != np.uint8:
        raise PixelsRefused(f"a picture has numbers of type uint8, not {rgb.dtype}; scale it to 0 to 255 first")
    if not rgb.size:
        raise PixelsRefused(f"a picture has at least one pixel, not {rgb.shape}; refuse the empty file before")


def load_classifiers(names: Sequence[str]) -> Mapping[str, Classifier]:
    """Return the classifiers of these names. Raises ClassifierDidNotLoad for the first that cannot be used.

    Only these are imported: a classifier that is installed but not named costs nothing and cannot stop the start. One
    that is named and left out in silence would let people believe that pictures are looked at, so it stops the start.
    """
    return {name: _load(name) for name in names}


def _load(name: str) -> Classifier:
    entry = _entry(name)
    try:
        classifier: object = entry.load()()
    except ClassifierUnavailable as unavailable:
        raise ClassifierDidNotLoad(name, str(unavailable)) from unavailable
    except _LOAD_FAULTS as fault:
        raise _repair(entry, f"it raised {type(fault).__name__}") from fault
    if not isinstance(classifier, Classifier):
        raise _repair(entry, "it has no name, card, side, score or examples")
    if classifier.name != name or classifier.card.name != name:
        raise _repair(entry, "it is registered under another name than its own")
    return classifier


def _entry(name: str) -> EntryPoint:
    entries = entry_points(group=CLASSIFIERS_GROUP)
    named = [entry for entry in entries if entry.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        packages = " and ".join(sorted(entry.value for entry in named))
        raise ClassifierDidNotLoad(name, f"the name is taken twice, by {packages}; uninstall one of the packages")
    known = ", ".join(sorted(entries.names)) or "none"
    raise ClassifierDidNotLoad(name, f"no package registers it; install its package, or name one of: {known}")


def _repair(entry: EntryPoint, problem: str) -> ClassifierDidNotLoad:
    return ClassifierDidNotLoad(entry.name, f"{entry.value}: {problem}; repair or uninstall its package")
