"""Texts out of mails: every byte may be wrong."""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import Final

WORDS: Final = 3000
LINE: Final = 200
_READ_BYTES: Final = 65_536
# Other codecs of Python are slow on purpose-made bytes, or no charsets of mails at all.
_CHARSETS: Final = re.compile(
    r"utf-?8|us-?ascii|ascii|iso-?8859-\d{1,2}|windows-125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc-(jp|kr)|iso-2022-jp"
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def words_of(part: Message) -> str:
    """Return the text of a part with line ends, at most `WORDS` characters."""
    data = bytes_of(part)[:_READ_BYTES]
    return clean(data.decode(_charset(part), errors="replace"), most=WORDS)


def bytes_of(part: Message) -> bytes:
    """Return the decoded bytes of a part that holds no other parts."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def header(message: Message, name: str) -> str:
    """Return a header as one line, or nothing; what is not ASCII in it is left out, because no field that is read needs it."""
    text = str(message.get(name, ""))
    return " ".join(text.encode("ascii", errors="ignore").decode().split())


def clean(text: str, *, most: int) -> str:
    """Return a text without control characters, marks that turn the direction of reading, and halves of characters."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", errors="ignore").decode()
    return _CONTROLS.sub("", whole).strip()[:most]


def line(text: object, *, most: int = LINE) -> str:
    """Return what should be a short text as one line; nothing where it is no text."""
    return " ".join(clean(text, most=4 * most).split())[:most] if isinstance(text, str) else ""


def _charset(part: Message) -> str:
    name = str(part.get_param("charset") or "utf-8").strip().lower()
    if not _CHARSETS.fullmatch(name):
        return "utf-8"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-8"
