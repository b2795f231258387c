"""Give a picture a score by which people may look at it sooner. A score is a lead for a person and never decides alone."""

from leeward.engines.classifying._card import Error, Measured, ModelCard
from leeward.engines.classifying._open_nsfw import OpenNsfw
from leeward.engines.classifying._slot import (
    CLASSIFIERS_GROUP,
    Classifier,
    ClassifierDidNotLoad,
    ClassifierExample,
    ClassifierUnavailable,
    PixelsRefused,
    check_pixels,
    load_classifiers,
)

__all__ = [
    "CLASSIFIERS_GROUP",
    "Classifier",
    "ClassifierDidNotLoad",
    "ClassifierExample",
    "ClassifierUnavailable",
    "Error",
    "Measured",
    "ModelCard",
    "OpenNsfw",
    "PixelsRefused",
    "check_pixels",
    "load_classifiers",
]
