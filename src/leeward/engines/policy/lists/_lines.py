"""Lines out of bytes, however long the lines are."""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from leeward.engines.policy.lists._values import Refused

MAX_LINE_BYTES: Final = (
    8_192  # A line of a hosts file names a few hosts of at most 253 octets; nothing honest is longer.
)
CHUNK_BYTES: Final = 1 << 16
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in parts of equal size, not in lines: one line may be longer than the memory."""
    while part := file.read(CHUNK_BYTES):
        yield part


def blocks(parts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield lines without their line feed, many at a time. One that is too long comes cut, still longer than allowed."""
    rest, is_first = b"", True
    for part in parts:
        lines = part.split(b"\n")
        lines[0] = rest + lines[0]
        rest = lines.pop()[: MAX_LINE_BYTES + 1]
        if not lines:
            continue
        if is_first:
            lines[0], is_first = lines[0].removeprefix(_BYTE_ORDER_MARK), False
        yield lines
    if rest:
        yield [rest.removeprefix(_BYTE_ORDER_MARK) if is_first else rest]


def text_of(line: bytes) -> str:
    """Return a line as text without its carriage return. Raises `Refused` where it is too long or no text."""
    if len(line) > MAX_LINE_BYTES:
        what = f"The line is longer than {MAX_LINE_BYTES:,} bytes; cut it in two or remove it."
        raise Refused(MAX_LINE_BYTES + 1, what)
    line = line.removesuffix(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode()) + 1
        raise Refused(column, "The bytes here are not UTF-8 text; save the list as UTF-8 text.") from None
    if control := _CONTROL.search(text):
        column = control.start() + 1
        raise Refused(column, "A control character stands here, as in a binary file; save the list as plain text.")
    return text
