"""Datagrams, many at a time: one call takes those that wait, and one sends the answers to whoever asked.

A call of the system for each datagram, and Python's tuple of an address in text, would cost more than the answer.
"""

import array
import ctypes
import errno
import mmap
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ._callers import asker_of

MOST: Final = 64  # Datagrams that are answered before others who use the loop get their turn: about half a millisecond.
_MOST_OCTETS: Final = 4096  # A longer question than this is none, and no answer over UDP is.
_SLOT: Final = _MOST_OCTETS + 64  # Not a whole page, or every datagram would lie in the same lines of the cache.
_STARTS: Final = range(0, MOST * _SLOT, _SLOT)
_NAME_ROOM: Final = 32

type Address = tuple[str | int, ...]  # As Python's sockets take it.


class Inbox(Protocol):
    """What came to a socket, and the way back. An asker is a port and an address in network order: 6 or 18 octets."""

    def take(self) -> tuple[list[bytes], list[bytes]]:
        """Return the datagrams that wait, at most `MOST`, and their askers."""

    def address(self, place: int) -> Address:
        """Return the address of an asker among those that `take` returned last."""

    def answer(self, answers: Sequence[bytes | None]) -> int:
        """Send each answer to the asker in its place, before `take` is called again; return how many were not taken."""


def inbox_of(receiver: socket.socket) -> Inbox:
    """Return the quickest way to read a socket that is bound and does not wait."""
    return OneByOne(receiver) if _libc is None else Many(receiver, _libc)


class OneByOne:
    """For systems that take one datagram with each call."""

    def __init__(self, receiver: socket.socket) -> None:
        """Read this socket."""
        self._socket = receiver
        self._addresses: list[Address] = []

    def take(self) -> tuple[list[bytes], list[bytes]]:
        """Return the datagrams that wait, at most `MOST`, and their askers."""
        asked: list[bytes] = []
        self._addresses = []
        for _ in range(MOST):
            try:
                octets, address = self._socket.recvfrom(_MOST_OCTETS)
            except BlockingIOError:
                break
            except OSError:
                continue  # The system tells that an earlier answer did not arrive; its asker has gone.
            asked.append(octets)
            self._addresses.append(address)
        return asked, [asker_of(str(address[0]), int(address[1])) for address in self._addresses]

    def address(self, place: int) -> Address:
        """Return the address of an asker among those that `take` returned last."""
        return self._addresses[place]

    def answer(self, answers: Sequence[bytes | None]) -> int:
        """Send each answer to the asker in its place; return how many the system did not take."""
        unsent = 0
        for answer, address in zip(answers, self._addresses, strict=True):
            if answer is not None:
                try:
                    self._socket.sendto(answer, address)
                except OSError:
                    unsent += 1
        return unsent


class _Vector(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = [("base", ctypes.c_void_p), ("octets", ctypes.c_size_t)]


class _Header(ctypes.Structure):
    """`struct msghdr`."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_octets", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_octets", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _Message(ctypes.Structure):
    """`struct mmsghdr`, recvmmsg(2)."""

    _fields_ = [("header", _Header), ("came_octets", ctypes.c_uint)]


_HEAD: Final = ctypes.sizeof(_Message)
_FULL: Final = array.array("L", [_MOST_OCTETS] * MOST)


class Many:
    """For Linux. Each datagram has its own place in memory, and its answer is written over it and goes back from there."""

    def __init__(self, receiver: socket.socket, libc: ctypes.CDLL) -> None:
        """Read this socket."""
        self._socket = receiver
        self._is_v4 = receiver.family == socket.AF_INET
        self._receive: Callable[..., int] = libc.recvmmsg
        self._send: Callable[..., int] = libc.sendmmsg
        # Octets of mapped memory are cut out as `bytes` without a step between.
        self._octets, self._names = mmap.mmap(-1, MOST * _SLOT), mmap.mmap(-1, MOST * _NAME_ROOM)
        heads, vectors = bytearray(MOST * _HEAD), bytearray(MOST * ctypes.sizeof(_Vector))
        octets_at, names_at, vectors_at = _place(self._octets), _place(self._names), _place(vectors)
        self._heads_at = _place(heads)
        for place in range(MOST):
            vector = _Vector.from_buffer(vectors, place * ctypes.sizeof(_Vector))
            vector.base = octets_at + place * _SLOT
            header = _Header.from_buffer(heads, place * _HEAD)
            header.name, header.name_octets = names_at + place * _NAME_ROOM, 16 if self._is_v4 else 28
            header.vectors, header.vector_count = vectors_at + place * ctypes.sizeof(_Vector), 1
        self._came = memoryview(heads).cast("I")[_Message.came_octets.offset // 4 :: _HEAD // 4]
        self._rooms = memoryview(vectors).cast("L")[1::2]

    def take(self) -> tuple[list[bytes], list[bytes]]:
        """Return the datagrams that wait, at most `MOST`, and their askers."""
        count, handle = -1, self._socket.fileno()
        self._rooms[:] = _FULL
        for _ in range(MOST):
            count = self._receive(handle, self._heads_at, MOST, socket.MSG_DONTWAIT, None)
            # Any other error tells that an earlier answer did not arrive; its asker has gone.
            if count > 0 or ctypes.get_errno() == errno.EAGAIN:
                break
        if count <= 0:
            return [], []
        octets, names = self._octets, self._names
        lengths, starts = self._came[:count].tolist(), range(2, count * _NAME_ROOM, _NAME_ROOM)
        asked = [octets[at : at + length] for length, at in zip(lengths, _STARTS, strict=False)]
        if self._is_v4:
            return asked, [names[at : at + 6] for at in starts]
        return asked, [names[at : at + 2] + names[at + 6 : at + 22] for at in starts]

    def address(self, place: int) -> Address:
        """Return the address of an asker among those that `take` returned last."""
        name = self._names[place * _NAME_ROOM : (place + 1) * _NAME_ROOM]
        port = int.from_bytes(name[2:4])
        if self._is_v4:
            return socket.inet_ntop(socket.AF_INET, name[4:8]), port
        text = socket.inet_ntop(socket.AF_INET6, name[8:24])
        return text, port, int.from_bytes(name[4:8]), int.from_bytes(name[24:28], sys.byteorder)

    def answer(self, answers: Sequence[bytes | None]) -> int:
        """Send each answer to the asker in its place; return how many the system did not take."""
        octets, rooms, gaps = self._octets, self._rooms, []
        for place, answer in enumerate(answers):
            if answer is None:
                gaps.append(place)
                continue
            at, length = place * _SLOT, len(answer)
            octets[at : at + length] = answer
            rooms[place] = length
        unsent = first = 0
        for gap in (*gaps, len(answers)):
            unsent += self._answer_all(first, gap)
            first = gap + 1
        return unsent

    def _answer_all(self, first: int, end: int) -> int:
        """Send the answers from one place until before another. The system stops at one that it does not take."""
        unsent, handle = 0, self._socket.fileno()
        while first < end:
            sent = self._send(handle, self._heads_at + first * _HEAD, end - first, socket.MSG_DONTWAIT)
            if sent <= 0:
                unsent, sent = unsent + 1, 1
            first += sent
        return unsent


def _place(memory: bytearray | mmap.mmap) -> int:
    """Return where memory lies. It stays there as long as somebody holds it."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _with_many() -> ctypes.CDLL | None:
    """Return the system's library where it takes many datagrams with one call: Linux."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    heads = [ctypes.c_int, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int]
    libc.sendmmsg.argtypes = heads
    libc.recvmmsg.argtypes = [*heads, ctypes.c_void_p]
    return libc


_libc: Final = _with_many()
