"""Change the boxes of an MP4 by hand, as a hostile sender would."""

from collections.abc import Callable

_ENTERED = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"moof", b"traf", b"udta")


def changed(data: bytes, kind: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return an MP4 in which `change` was applied to the body of each box of a kind; the sizes around it are put right.

    Works where the media comes first, because the places of its chunks stay as they are.
    """
    out, place = b"", 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big") or len(data) - place
        found, body = data[place + 4 : place + 8], data[place + 8 : place + size]
        if found == kind:
            body = change(body)
        elif found in _ENTERED:
            body = changed(body, kind, change)
        out += box(found, body)
        place += size
    return out


def box(kind: bytes, body: bytes) -> bytes:
    """Return a box."""
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def reference(path: bytes) -> bytes:
    """Return the body of a `dref` box with one alias that leads to another file, as QuickTime writes it."""
    alias = bytearray(150)
    alias[4:6] = (150 + 4 + len(path) + len(path) % 2).to_bytes(2, "big")
    alias[6:8] = (2).to_bytes(2, "big")
    names = b"\0\x02" + len(path).to_bytes(2, "big") + path + b"\0" * (len(path) % 2) + b"\xff\xff\0\0"
    return bytes(4) + (1).to_bytes(4, "big") + box(b"alis", bytes(4) + bytes(alias) + names)
