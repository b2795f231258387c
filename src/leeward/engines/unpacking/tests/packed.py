"""Archives for the tests: honest ones by the standard library, and hostile ones made of them by hand."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping

FILES: Mapping[str, bytes] = {
    "one.txt": b"The ferry leaves at noon. " * 40,
    "deep/two.bin": bytes(range(256)) * 20,
    "three.txt": b"short",
}


def zipped(files: Mapping[str, bytes] = FILES, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Mapping[str, bytes] = FILES, *, mode: str = "w", layout: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar archive; `mode` says how it is packed, as for `tarfile.open`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=layout) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            note = tarfile.TarInfo(name)
            note.size = len(data)
            archive.addfile(note, io.BytesIO(data))
    return out.getvalue()


def with_special_files() -> bytes:
    """Return a tar archive with a link that leads away, a device, a pipe and a folder beside one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)):
            note = tarfile.TarInfo(name)
            note.type = kind
            note.linkname = "/etc/passwd"
            archive.addfile(note)
        for name, kind in (("pipe", tarfile.FIFOTYPE), ("folder", tarfile.DIRTYPE)):
            note = tarfile.TarInfo(name)
            note.type = kind
            archive.addfile(note)
        note = tarfile.TarInfo("file")
        note.size = 4
        archive.addfile(note, io.BytesIO(b"left"))
    return out.getvalue()


def zip_with_link() -> bytes:
    """Return a ZIP archive with a symbolic link beside one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("file", b"left")
    return out.getvalue()


def nested(levels: int) -> bytes:
    """Return an archive with a file, and an archive with a file, and so on, `levels` archives in all."""
    data = b""
    for level in range(levels, 0, -1):
        files = {f"file {level}": f"level {level}".encode()}
        data = zipped(files | ({"inner.zip": data} if data else {}))
    return data


def overlapping(copies: int) -> bytes:
    """Return a ZIP archive whose directory names the same data `copies` times: a flat zip bomb."""
    data = zipped({"zeros": bytes(1_000_000)})
    start = data.index(b"PK\x01\x02")
    stop = data.index(b"PK\x05\x06")
    return zip_of(data[:start], data[start:stop] * copies, entries=copies)


def zip_of(body: bytes, directory: bytes, *, entries: int) -> bytes:
    """Return a ZIP archive from its members and its directory."""
    count = min(entries, 0xFFFF).to_bytes(2, "little")
    sizes = len(directory).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    return body + directory + b"PK\x05\x06" + bytes(4) + count * 2 + sizes + bytes(2)


def altered(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Return `data` with `value` at `offset` after the first `mark`."""
    place = data.index(mark) + offset
    return data[:place] + value + data[place + len(value) :]


def bomb(size: int) -> bytes:
    """Return `size` zeros in gzip."""
    return gzip.compress(bytes(size), 9)
