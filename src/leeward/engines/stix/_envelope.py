"""Cut a TAXII envelope into its objects without changing an octet: signatures are over what was sent."""

import json
import re
from dataclasses import dataclass
from typing import Final

from leeward.engines.stix._strict import BadObject, Flaw, decoded

NEXT_LENGTH: Final = 2048  # Characters of a paging mark, which goes into an address.
_BLANK: Final = re.compile(r"[ \t\n\r]*+")  # RFC 8259 section 2
# Only the ends of values matter here. Numbers are left as they stand, in octets and so not taken for a text: a long one
# would take long to read.
_DECODER: Final = json.JSONDecoder(parse_int=str.encode, parse_float=str.encode)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one page of TAXII holds. `objects` are the octets of each, as they were sent; `next` is the sender's mark."""

    objects: tuple[bytes, ...]
    more: bool
    next: str | None


def split_envelope(octets: bytes, *, most: int) -> Envelope:
    """Return the objects of a TAXII envelope, or of a STIX bundle, each with exactly the octets in which it came.

    Refuses the whole where the places of the objects are in doubt, or where there are more than `most`. What is wrong
    inside of one object is left to `verify_object` and `read_object`: one bad object must not hold back all others.
    Raises `BadObject`. Takes time in proportion to the length and stops at the object that is too many.
    """
    try:
        return _Scan(decoded(octets), most=most).envelope()
    except json.JSONDecodeError as error:
        raise BadObject(Flaw.NOT_JSON) from error
    except RecursionError as error:
        raise BadObject(Flaw.TOO_DEEP) from error


class _Scan:
    """One walk from the left to the right over one text."""

    def __init__(self, text: str, *, most: int) -> None:
        self._text, self._most, self._at = text, most, 0
        self._objects: list[bytes] = []
        self._others: dict[str, object] = {}

    def envelope(self) -> Envelope:
        if not self._takes("{"):
            raise BadObject(Flaw.NOT_AN_ENVELOPE)
        if not self._takes("}"):
            self._member()
            while self._takes(","):
                self._member()
            self._expect("}")
        if self._at != len(self._text):
            raise BadObject(Flaw.NOT_JSON)
        return Envelope(tuple(self._objects), more=self._more(), next=self._next())

    def _member(self) -> None:
        name = self._value()
        self._expect(":")
        if not isinstance(name, str):
            raise BadObject(Flaw.NOT_JSON)
        if name in self._others:
            raise BadObject(Flaw.DUPLICATE_KEY)
        if name == "objects":
            self._others[name] = None
            self._list()
        else:
            self._others[name] = self._value()

    def _list(self) -> None:
        if not self._takes("["):
            raise BadObject(Flaw.NOT_AN_ENVELOPE)
        if self._takes("]"):
            return
        self._object()
        while self._takes(","):
            self._object()
        self._expect("]")

    def _object(self) -> None:
        if len(self._objects) == self._most:
            raise BadObject(Flaw.TOO_MANY)
        self._skip()
        start = self._at
        _, end = _DECODER.raw_decode(self._text, start)
        self._objects.append(self._text[start:end].encode("utf-8"))
        self._at = end
        self._skip()

    def _value(self) -> object:
        self._skip()
        value: object
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        self._skip()
        return value

    def _takes(self, mark: str) -> bool:
        self._skip()
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        self._skip()
        return True

    def _expect(self, mark: str) -> None:
        if not self._takes(mark):
            raise BadObject(Flaw.NOT_JSON)

    def _skip(self) -> None:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _more(self) -> bool:
        more = self._others.get("more", False)
        if not isinstance(more, bool):
            raise BadObject(Flaw.NOT_AN_ENVELOPE)
        return more

    def _next(self) -> str | None:
        mark = self._others.get("next")
        if mark is None:
            return None
        # Half a character could not be sent back, and an endless mark would fill the address.
        if not isinstance(mark, str) or len(mark) > NEXT_LENGTH or not mark.isprintable():
            raise BadObject(Flaw.NOT_AN_ENVELOPE)
        return mark
