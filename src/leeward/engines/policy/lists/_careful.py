"""What counts as a name in a list: the careful way for any text, and a quick test that most names pass."""

import functools
import re
import unicodedata
from pathlib import Path
from typing import Final

import idna
import publicsuffixlist

from leeward.engines.policy import _names as names
from leeward.engines.policy.lists._values import Refused

# A name that `normalise` would only lower: plain labels of 1 to 63 octets, none of them an A-label, the last no number.
PLAIN: Final = (
    r"(?P<name>(?:(?!-|[xX][nN]--)[A-Za-z0-9_-]{1,63}+(?<!-)\.)++(?![xX][nN]--)[A-Za-z][A-Za-z0-9_-]{0,62}+(?<!-))"
)
# Letters of these look like each other: аррӏе in Cyrillic. Source: UTS 39, section 5.2, «Highly Restrictive».
_ALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})
_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")
_LABEL: Final = re.compile(r"label ([0-9]+)")
_CHARACTER: Final = re.compile(r"character ([0-9]+)")


def checked(text: str, *, column: int) -> str:
    """Return a name of a list normalised; a star or a dot before it says only that names below are meant, too.

    Raises `Refused`, with the column inside the line where the name begins at `column`.
    """
    below = text.removeprefix("*").removeprefix(".") if text.startswith(("*.", ".")) else text
    column += len(text) - len(below)
    _refuse_look_alikes(below, column=column)
    try:
        host = names.normalise(below)
    except names.NotAHostName as error:
        where = f" in {error.place}" if _LABEL.fullmatch(error.place) else ""
        what = f"The name has a fault{where}: {error.reason}; {error.next_step}."
        raise Refused(column + _offset(error.place, below), what) from None
    if names.is_public_suffix(host):
        what = "Strangers register names below this one, so it is never closed as a whole; name the one host that is meant."
        raise Refused(column, what)
    return host


def may_be_public(name: str) -> bool:
    """Say whether a normalised name could be a public suffix. Quick; where it says no, it is none."""
    first, _, parent = name.partition(".")
    beginnings, starred = _rules()
    return not parent or first in beginnings or parent in starred or first.startswith("xn--")


@functools.cache
def _rules() -> tuple[frozenset[str], frozenset[str]]:
    """Return the first labels of all rules, and the names below which every label is a public suffix."""
    lines = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").lower().splitlines()
    rules = {line.split()[0] for line in lines if line.strip() and not line.startswith("//")}
    starred = {rule.removeprefix("*.") for rule in rules if rule.startswith("*.")}
    ascii_starred = {idna.encode(rule, uts46=True).decode("ascii") for rule in starred}
    beginnings = {rule.partition(".")[0] for rule in rules | ascii_starred}
    return frozenset(beginnings), frozenset(ascii_starred)


def _offset(place: str, name: str) -> int:
    if character := _CHARACTER.fullmatch(place):
        return int(character[1]) - 1
    if label := _LABEL.fullmatch(place):
        return sum(len(before) + 1 for before in _DOTS.split(name)[: int(label[1]) - 1])
    return 0


def _refuse_look_alikes(name: str, *, column: int) -> None:
    """Refuse a name in other letters where somebody who reads the list could take it for another name than it is."""
    if name.isascii():
        return
    for label in _DOTS.split(name):
        if not label.isascii():
            _refuse_look_alike(label, column=column)
        column += len(label) + 1


def _refuse_look_alike(label: str, *, column: int) -> None:
    try:
        # Without any mapping: a soft hyphen would vanish, and full-width letters would become plain ones.
        idna.encode(unicodedata.normalize("NFC", label.lower()))
    except (idna.IDNAError, UnicodeError):
        what = "A character of this label is not allowed in names, or stands for another one or for none; write the xn-- form."
        raise Refused(column, what) from None
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in label if letter.isalpha()} & _ALIKE
    if len(alphabets) > 1:
        mixed = " and ".join(sorted(alphabet.capitalize() for alphabet in alphabets))
        what = f"The label mixes letters that look alike ({mixed}); write its xn-- form if it is meant."
        raise Refused(column, what)
