"""The shared test of the slot: what every classifier must keep, ours and those of others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from leeward.engines.classifying import Classifier, PixelsRefused

NO_PICTURES = {
    "grey": np.zeros((8, 8), dtype=np.uint8),
    "with transparency": np.zeros((8, 8, 4), dtype=np.uint8),
    "a batch": np.zeros((1, 8, 8, 3), dtype=np.uint8),
    "fractions": np.zeros((8, 8, 3), dtype=np.float32),
    "no pixels": np.zeros((0, 8, 3), dtype=np.uint8),
}


class ClassifierSlot:
    """Inherit this, give it the fixture `classifier`, and pytest runs what every classifier must keep."""

    def test_its_harmless_examples_have_the_scores_that_it_states(self, classifier: Classifier) -> None:
        examples = classifier.examples()

        assert examples
        for example in examples:
            assert 0 <= example.at_least <= classifier.score(example.rgb) <= example.at_most <= 1

    def test_no_harmless_example_may_be_a_lead(self, classifier: Classifier) -> None:
        assert all(example.at_most < classifier.card.threshold for example in classifier.examples())

    def test_the_same_pixels_have_the_same_score_in_every_thread(self, classifier: Classifier) -> None:
        picture = classifier.examples()[0].rgb

        with ThreadPoolExecutor(4) as threads:
            scores = set(threads.map(lambda _: classifier.score(picture), range(8)))

        assert len(scores) == 1

    def test_it_reads_pixels_that_it_may_not_write(self, classifier: Classifier) -> None:
        example = classifier.examples()[0]
        pixels = example.rgb.copy()
        pixels.flags.writeable = False

        assert classifier.score(pixels) == classifier.score(example.rgb)

    def test_it_takes_a_picture_smaller_than_it_wants(self, classifier: Classifier) -> None:
        assert 0 <= classifier.score(np.full((1, 2, 3), 128, dtype=np.uint8)) <= 1

    @pytest.mark.parametrize("pixels", NO_PICTURES.values(), ids=NO_PICTURES)
    def test_it_refuses_what_is_no_picture(self, classifier: Classifier, pixels: np.ndarray) -> None:
        with pytest.raises(PixelsRefused):
            classifier.score(pixels)

    def test_its_card_bears_its_name(self, classifier: Classifier) -> None:
        assert classifier.card.name == classifier.name
        assert classifier.side >= 1
