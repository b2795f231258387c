"""How hard a text may be for whom, as data, and what is too hard in a set of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from leeward.engines.reading.bands import Band
from leeward.engines.reading.measure import CHINESE, measure, sentences, words

# One breath of a child who reads: at most 12 words. Our rule for child-facing pages, research of the portal, 4.4.
LONGEST_WORDS = 12
# A word of modern Chinese has about two characters, so 12 words are 24. A guess until a teacher has looked at it.
LONGEST_CHARACTERS = 24


def _bands(small: float, middle: float, teen: float, adult: float) -> Mapping[Band, float]:
    return MappingProxyType({Band.SMALL: small, Band.MIDDLE: middle, Band.TEEN: teen, Band.ADULT: adult})


# LIX of all texts of a band together. English is the first guess of the portal's research (4.4) for readers up to 8, 11,
# 14 and 17. Every other row is our guess from it, moved by how much higher or lower the same easy sentences measure in
# that language (3.3); local school books must replace the guess.
LIMITS: Mapping[str, Mapping[Band, float]] = MappingProxyType(
    {
        "en": _bands(25, 32, 40, 45),
        "fr": _bands(29, 36, 44, 49),  # +4: articles and verbs are longer, elision gives some of it back.
        "es": _bands(29, 36, 44, 49),  # +4: endings make words longer.
        "mn": _bands(37, 44, 52, 57),  # +12: endings are written onto the word.
        "ru": _bands(37, 44, 52, 57),  # +12: cases and prefixes make words longer, sentences have fewer of them.
        "ar": _bands(20, 27, 35, 40),  # -5: short vowels are not written, so few words have more than six letters.
        # Characters a sentence, not LIX: five, six, eight and ten words of two characters.
        "zh": _bands(10, 12, 16, 20),
    }
)


class NoLimit(LookupError):
    """Nobody said how hard a text of this language may be; add a row to `LIMITS`."""


def limit(*, language: str, band: Band) -> float:
    """Return the highest measure that texts of `language` may have for `band`. Raises `NoLimit`."""
    rows = LIMITS.get(language.partition("-")[0])
    if rows is None:
        raise NoLimit(f"no limit for {language!r}; add a row to engines/reading/limits.py")
    return rows[band]


def longest(*, language: str) -> int:
    """Return how many words a sentence may have; in Chinese how many characters."""
    return LONGEST_CHARACTERS if language.partition("-")[0] == CHINESE else LONGEST_WORDS


def too_hard(texts: Mapping[str, str], *, language: str, band: Band) -> Iterator[str]:
    """Say what is too hard, one line each: a sentence that is too long, by its key, and the texts as a whole."""
    for key, text in texts.items():
        for sentence in sentences(text, language=language):
            count = len(words(sentence, language=language))
            if count > longest(language=language):
                yield f"{key}: {count} words, at most {longest(language=language)}; make two sentences of «{sentence}»"
    found, highest = measure(texts.values(), language=language).lix, limit(language=language, band=band)
    if found > highest:
        yield f"all texts together measure {found:.1f}, at most {highest:g}; use shorter words and sentences"
