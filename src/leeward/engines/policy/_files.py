"""How tables come onto the disk and into memory."""

import mmap
import os
import pathlib
import struct
import tempfile
from typing import Final

from ._table import BadTable, Table, TableMissing

_CONTROL: Final = struct.Struct("=QQ")
_CONTROL_MAGIC: Final = 0x3130_4C54_4357_4C01
_MODE: Final = 0o640  # Readers share the writer's group; nobody else needs a list of such names.


def map_table(path: pathlib.Path, *, access: int) -> tuple[Table, mmap.mmap]:
    """Map the file at `path` and return its table; `access` is one of mmap's constants."""
    try:
        with path.open("rb" if access == mmap.ACCESS_READ else "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0, access=access)
    except FileNotFoundError:
        raise TableMissing(f"{path.name}: there is no such table; compile the policy first") from None
    except (OSError, ValueError) as error:  # mmap refuses an empty file with ValueError.
        raise BadTable(f"{path.name}: cannot be mapped ({type(error).__name__}); compile the policy again") from None
    return Table(memoryview(memory)), memory


def replace(path: pathlib.Path, octets: bytes | bytearray) -> None:
    """Put `octets` at `path` as a whole or not at all; a file that is mapped is never cut or written over."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, _MODE)
            file.write(octets)
            file.flush()
            os.fsync(handle)
        pathlib.Path(name).replace(path)
    except OSError:
        pathlib.Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


class Control:
    """The tiny mapped file beside a table that tells readers which generation they should have.

    Reading it is one load from memory, where asking the file system would be a system call for every question.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        """Check the mapped control file and raise `BadTable` unless it is one."""
        if len(memory) != _CONTROL.size or _CONTROL.unpack_from(memory)[0] != _CONTROL_MAGIC:
            raise BadTable("control file: not one of this version and machine; compile the policy again")
        self._memory = memory
        self._words = memoryview(memory).cast("Q")

    @property
    def generation(self) -> int:
        """The generation of the newest table."""
        return self._words[1]

    @generation.setter
    def generation(self, generation: int) -> None:
        self._words[1] = generation

    @classmethod
    def open(cls, path: pathlib.Path, *, access: int) -> "Control | None":
        """Map the control file of the table at `path`, or return None where there is no usable one."""
        try:
            with control_path(path).open("rb" if access == mmap.ACCESS_READ else "r+b") as file:
                return cls(mmap.mmap(file.fileno(), 0, access=access))
        except (OSError, ValueError):
            return None

    @classmethod
    def ensure(cls, path: pathlib.Path) -> "Control":
        """Map the control file of the table at `path` for writing, after making it where it is missing."""
        control = cls.open(path, access=mmap.ACCESS_WRITE)
        if control is None:
            replace(control_path(path), _CONTROL.pack(_CONTROL_MAGIC, 0))
            control = cls.open(path, access=mmap.ACCESS_WRITE)
        if control is None:
            raise BadTable(f"{control_path(path).name}: cannot be mapped; check the folder's rights")
        return control

    def close(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self._memory.close()


def control_path(path: pathlib.Path) -> pathlib.Path:
    """Return where the control file of the table at `path` lies."""
    return path.with_name(f"{path.name}.control")


def sync_folder(folder: pathlib.Path) -> None:
    """Bring what was put into a folder, or renamed in it, onto the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
