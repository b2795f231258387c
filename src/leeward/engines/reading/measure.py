"""How hard a text is to read: LIX, which counts long sentences and long words and needs no word list.

LIX separates easy from official words in every language it was tried with; formulas that count syllables carry English
constants and mislead elsewhere. Source: C. H. Björnsson, Läsbarhet, Stockholm 1968.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONG_LETTERS = 6  # A word of more letters is long. Björnsson 1968.
CHINESE = "zh"

_END = re.compile(r"([.!?…؟][»”’\")\]]*)\s")
# Chinese puts no space after a sentence.
_CHINESE_END = re.compile(r"([。！？…][」』”’）]*)")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
# In French the apostrophe ends a word: «l’adresse» is read as an article and a noun.
_FRENCH_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# Nothing in Chinese writing shows where a word ends, so each character counts; a number or a Latin name counts once.
_CHINESE_UNIT = re.compile(r"[a-zA-Z0-9]+|[^\W_]")


@dataclass(frozen=True, slots=True)
class Measure:
    """What was counted in some texts; in Chinese a word is one character."""

    sentences: int
    words: int
    long_words: int
    longest: int  # words in the longest sentence

    @property
    def lix(self) -> float:
        """Return words a sentence plus long words in a hundred; 0 for nothing. Higher is harder.

        In Chinese no unit is long, so this is characters a sentence: compare it with Chinese only.
        """
        if not self.words:
            return 0.0
        return self.words / self.sentences + 100 * self.long_words / self.words


def measure(texts: Iterable[str], *, language: str) -> Measure:
    """Count the texts together; each begins a new sentence. `language` is a tag such as `fr` or `zh-hans`."""
    counts, long_words = [], 0
    for text in texts:
        for sentence in sentences(text, language=language):
            found = words(sentence, language=language)
            counts.append(len(found))
            # A unit of Chinese is never long: what has many letters there is a name in another writing.
            long_words += 0 if _is_chinese(language) else sum(_letters(word) > LONG_LETTERS for word in found)
    return Measure(len(counts), sum(counts), long_words, max(counts, default=0))


def sentences(text: str, *, language: str) -> list[str]:
    """Return the sentences that hold a word, in order. A colon or a semicolon ends none, so nobody hides length there."""
    end = _CHINESE_END if _is_chinese(language) else _END
    parts = (part.strip() for part in end.sub(r"\1\n", _plain(text)).splitlines())
    return [part for part in parts if words(part, language=language)]


def words(sentence: str, *, language: str) -> list[str]:
    """Return what a reader takes in one by one: words; in Chinese characters."""
    if _is_chinese(language):
        return _CHINESE_UNIT.findall(_plain(sentence))
    return (_FRENCH_WORD if language.partition("-")[0] == "fr" else _WORD).findall(_plain(sentence))


def _is_chinese(language: str) -> bool:
    return language.partition("-")[0] == CHINESE


def _letters(word: str) -> int:
    return sum(char.isalpha() for char in word)


def _plain(text: str) -> str:
    """Compose letters, then drop what is written on, between or around them and read by nobody: vowel signs, tatweel, joiners."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(char for char in composed if unicodedata.category(char) not in {"Mn", "Cf"} and char != "ـ")
