"""Why a text is not an address, and what the person who typed it can do about it."""

from enum import StrEnum
from typing import Final

URL_LENGTH: Final = 2048  # Characters. Longer ones cannot be kept in an index, and no browser shows them whole.


class Reason(StrEnum):
    """What is wrong with a text that is not an address."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL_CHARACTERS = "control_characters"
    SCHEME = "scheme"
    HOST = "host"
    PORT = "port"
    USERINFO = "userinfo"


_WORDS: Final = {
    Reason.EMPTY: ("there is no address", "copy the address from the address bar of the browser"),
    Reason.TOO_LONG: (f"the address is longer than {URL_LENGTH} characters", "cut it after the name of the page"),
    Reason.CONTROL_CHARACTERS: ("the address holds characters that cannot be typed", "type it again by hand"),
    Reason.SCHEME: ("the address does not begin with http:// or https://", "put https:// in front of it"),
    Reason.HOST: ("the part between // and the next / is not a host name", "check it for spaces and missing letters"),
    Reason.PORT: ("the part after the : is not a port", "use a number from 1 to 65535, or leave it out"),
    Reason.USERINFO: ("the address holds a name or password before an @", "remove everything between // and the @"),
}


class NotAnAddress(ValueError):
    """The text is not an http or https address. Show `next_step` beside the field; it never repeats the text."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = _WORDS[reason][1]

    def __str__(self) -> str:
        return "{}; {}".format(*_WORDS[self.reason])
