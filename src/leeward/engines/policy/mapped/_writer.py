"""The one writer of the family plane's tables."""

import fcntl
import mmap
import pathlib
from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import IO, Final, Self

from leeward.engines.policy._files import Control, replace, sync_folder
from leeward.engines.policy._table import TableMissing
from leeward.engines.policy._writer import TableBusy
from leeward.engines.policy.family.values import Own, Profile

from . import _build, _keys, _profiles
from ._layout import (
    BAKED_FROM,
    BAKED_UNTIL,
    FLAGS,
    HAS_OWNS,
    IDENTITY_KINDS,
    IN_FORCE,
    OWN_BLOOM,
    SLOTS_USED,
    Kind,
    control_base,
    map_file,
    words_of,
)
from ._tables import Names, Owns, Profiles, Who

_LENGTHS: Final = {"4": 5, "6": 9, "p": 7}  # Octets of an identity with its letter, where the kind says it.
_MOST_IDENTITY: Final = 255


class IdentityRefused(ValueError):
    """The octets are no identity. Make them as `FORMAT.md` says: a letter of the kind, then its octets."""


class ProfileMissing(LookupError):
    """There is no profile of that number. Put the profile first."""


def write_names(folder: pathlib.Path, listed: Iterable[tuple[str, int]]) -> int:
    """Write a table of names into a folder that no reader looks at, for `Writer.take_names`; return how many there are.

    It takes seconds for millions of names, so it may run in a process of its own. Raises `NotListable`.
    """
    image = _build.names_image(listed, generation=0)
    replace(folder / Kind.NAMES.file_name, image)
    return int(words_of(image)[SLOTS_USED])


class Writer:
    """Change the tables in a folder in place; readers in other processes see each change on their next question.

    A change is visible at once and survives the end of this process. `flush` also brings it onto the disk; after a
    power cut, `create` the tables anew and put everything again.
    """

    def __init__(self, folder: pathlib.Path, lock: IO[bytes]) -> None:
        """Map the tables in `folder`, whose `lock` is held. Use `create` or `open`."""
        self._folder = folder
        self._lock = lock
        self._control = Control.ensure(control_base(folder))
        self._names, self._owns = Names(folder), Owns(folder)
        self._who, self._profiles = Who(folder), Profiles(folder)
        self._rows = self._profiles.numbers()
        # A writer that died between a rename and this store left readers with the file before it.
        self._control.generation += 1

    @classmethod
    def create(cls, folder: pathlib.Path) -> Self:
        """Write four empty tables into `folder`, in the place of those that lie there, and open them."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(folder)
        try:
            control = Control.ensure(control_base(folder))
            generation = _header_generation(control.generation + 1)
            control.close()
            # The identities go first: nobody may meet the row of somebody else while the rows are given out anew.
            replace(folder / Kind.WHO.file_name, _build.who_image(generation=generation))
            replace(folder / Kind.OWNS.file_name, _build.owns_image(generation=generation))
            replace(folder / Kind.PROFILES.file_name, _build.profiles_image(generation=generation))
            replace(folder / Kind.NAMES.file_name, _build.names_image((), generation=generation))
            return cls(folder, lock)
        except (OSError, ValueError):
            lock.close()
            raise

    @classmethod
    def open(cls, folder: pathlib.Path) -> Self:
        """Open the tables in `folder`. Raises `TableMissing`, `BadTable` or `TableBusy`."""
        if not folder.is_dir():
            raise TableMissing("the folder of the family's tables is not there; write the family's tables first")
        lock = _locked(folder)
        try:
            return cls(folder, lock)
        except (OSError, ValueError):
            lock.close()
            raise

    @classmethod
    def adopt(cls, folder: pathlib.Path, *, made: pathlib.Path) -> Self:
        """Put the tables of the folder `made`, which nobody writes any more, in the place of those in `folder`; open them.

        Both lie on one disk. Readers go on with the old tables until the new ones are all there. Raises as `open` does.
        """
        for kind in Kind:
            map_file(made, kind=kind, access=mmap.ACCESS_READ).close()
        if not folder.exists():
            made.rename(folder)
            sync_folder(folder.parent)
            return cls.open(folder)
        lock = _locked(folder)
        try:
            for kind in Kind:
                (made / kind.file_name).replace(folder / kind.file_name)
            sync_folder(folder)
            return cls(folder, lock)
        except (OSError, ValueError):
            lock.close()
            raise

    def put_name(self, name: str, marks: int) -> None:
        """Give the normalised `name`, and all below it, `marks` in place of those it had. Raises `NotListable`."""
        tail = _keys.tail_of(name)
        if not self._names.put(tail, marks):
            self._put(Kind.NAMES, _build.names_again(self._names.words, generation=self._next))
            self._names.put(tail, marks)

    def drop_name(self, name: str) -> None:
        """Take `name` off the list; what is above and below it stays. One that is not there is no fault."""
        self.put_name(name, 0)

    def swap_names(self, listed: Iterable[tuple[str, int]]) -> int:
        """Put a whole new list in the place of the present one and return its number of names.

        Each is a normalised name and its marks; one that comes twice gets the marks of both. Raises `NotListable` with
        the place of the first name that is refused, and then changes nothing.
        """
        self._put(Kind.NAMES, _build.names_image(listed, generation=self._next))
        return self._names.count

    def take_names(self, made: pathlib.Path) -> int:
        """Put the table that `write_names` wrote into the folder `made` in the place of the present one.

        Both lie on one disk; it takes no longer for millions of names. Returns their number. Raises `TableMissing` or
        `BadTable`, and then changes nothing.
        """
        map_file(made, kind=Kind.NAMES, access=mmap.ACCESS_READ).close()
        (made / Kind.NAMES.file_name).replace(self._folder / Kind.NAMES.file_name)
        sync_folder(self._folder)
        self._tell(Kind.NAMES)
        return self._names.count

    def put_profile(self, profile: Profile, *, at: datetime) -> None:
        """Put a profile, its own names with it, in the place of the one with its number, with one store.

        Its windows are baked for seven days from `at`: put it again within these, once a day for instance.
        """
        tails = {_keys.tail_of(own.name) for own in profile.owns}  # Refuses before anything is changed.
        half = _profiles.half_of(profile, at=at)
        row = self._rows.get(profile.number) or self._new_row()
        owner = self._other_owner(row)
        self._owns.clear(owner)
        for tail in sorted(tails):
            opened, closed = _profiles.untils(profile, tail)
            self._put_own(owner, tail, open_until=opened, closed_until=closed)
        self._profiles.fill_other(row, half)
        self._profiles.turn(row)
        self._rows[profile.number] = row

    def has_profile(self, number: int) -> bool:
        """Tell whether there is a profile of that number now."""
        row = self._rows.get(number)
        return row is not None and bool(self._profiles.halves[self._profiles.half(row) + FLAGS] & IN_FORCE)

    def baked_before(self, moment: datetime) -> list[int]:
        """Return the numbers of the profiles whose windows were baked before a moment, the oldest first."""
        baked, numbers = _profiles.with_windows(self._profiles.words, BAKED_FROM)
        is_old = baked < moment.timestamp()
        oldest: list[int] = numbers[is_old][baked[is_old].argsort(kind="stable")].tolist()
        return oldest

    def baked_until(self) -> datetime | None:
        """Return what `Family.baked_until` does."""
        untils = _profiles.with_windows(self._profiles.words, BAKED_UNTIL)[0]
        return _profiles.moment(int(untils.min())) if untils.size else None

    def drop_profile(self, number: int) -> None:
        """Take a profile away: whoever it belonged to is a stranger. One that is not there is no fault."""
        row = self._rows.get(number)
        if row is not None:
            self._profiles.fill_other(row, _profiles.nobody(number))
            self._profiles.turn(row)

    def put_own(self, number: int, own: Own) -> None:
        """Give a profile an exception, in the place of one for the same name and in the same direction."""
        tail, row = _keys.tail_of(own.name), self._row(number)
        owner = self._owner(row)
        opened, closed = self._owns.untils(owner, tail)
        until = _profiles.until_s(own)
        # Bloom bits and flag first: a reader that sees the name must already be led to it.
        half = self._profiles.half(row)
        word, mask = _profiles.own_bits(tail)
        self._profiles.halves[half + OWN_BLOOM + word] |= mask
        self._profiles.halves[half + FLAGS] |= HAS_OWNS
        self._put_own(
            owner, tail, open_until=until if own.allows else opened, closed_until=closed if own.allows else until
        )

    def drop_own(self, number: int, name: str) -> None:
        """Take a profile's exceptions for a name away. One that is not there is no fault."""
        tail, owner = _keys.tail_of(name), self._owner(self._row(number))
        if any(self._owns.untils(owner, tail)):
            self._owns.put(owner, tail, open_until=0, closed_until=0)

    def put_who(self, identity: bytes, number: int) -> None:
        """Let an identity belong to a profile. Raises `IdentityRefused` or `ProfileMissing`."""
        self._put_who(_checked(identity), self._row(number))

    def drop_who(self, identity: bytes) -> None:
        """Let an identity belong to nobody. One that is not there is no fault. Raises `IdentityRefused`."""
        self._put_who(_checked(identity), 0)

    def flush(self) -> None:
        """Bring everything onto the disk, so that it survives a power cut."""
        for table in (self._names, self._owns, self._profiles, self._who):
            table.flush()

    def close(self) -> None:
        """Let go of the tables so that another writer can have them."""
        if not self._lock.closed:
            del self._names, self._owns, self._profiles, self._who
            self._control.close()
            self._lock.close()

    def __enter__(self) -> Self:
        """Return this writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close this writer."""
        self.close()

    @property
    def _next(self) -> int:
        return _header_generation(self._control.generation + 1)

    def _put(self, kind: Kind, octets: bytearray) -> None:
        """Put a new file in the place of a mapped one, and tell the readers last."""
        replace(self._folder / kind.file_name, octets)
        self._tell(kind)

    def _tell(self, kind: Kind) -> None:
        """Let readers take the file that lies there now, and go on in it."""
        self._control.generation += 1
        match kind:
            case Kind.NAMES:
                self._names = Names(self._folder)
            case Kind.OWNS:
                self._owns = Owns(self._folder)
            case Kind.WHO:
                self._who = Who(self._folder)
            case Kind.PROFILES:
                self._profiles = Profiles(self._folder)

    def _row(self, number: int) -> int:
        row = self._rows.get(number)
        if row is None:
            raise ProfileMissing(f"profile {number}: there is none of that number; put the profile first")
        return row

    def _new_row(self) -> int:
        if not self._profiles.has_row():
            self._put(Kind.PROFILES, _build.profiles_image(self._profiles.words, generation=self._next))
        return self._profiles.new_row()

    def _owner(self, row: int) -> int:
        return row * 2 + (self._profiles.halves[self._profiles.base(row)] & 1)

    def _other_owner(self, row: int) -> int:
        return self._owner(row) ^ 1

    def _put_own(self, owner: int, tail: bytes, *, open_until: int, closed_until: int) -> None:
        if not self._owns.put(owner, tail, open_until=open_until, closed_until=closed_until):
            self._put(Kind.OWNS, _build.owns_image(self._owns.words, generation=self._next))
            self._owns.put(owner, tail, open_until=open_until, closed_until=closed_until)

    def _put_who(self, identity: bytes, row: int) -> None:
        if not self._who.put(identity, row):
            self._put(Kind.WHO, _build.who_image(self._who.words, generation=self._next))
            self._who.put(identity, row)


def _header_generation(generation: int) -> int:
    return generation & 0xFFFFFFFF


def _checked(identity: bytes) -> bytes:
    letter = identity[:1].decode("latin-1")
    if not letter or identity[0] not in IDENTITY_KINDS:
        raise IdentityRefused("identity: it begins with none of the letters 4, 6, t, p, e; see FORMAT.md")
    if not 2 <= len(identity) <= _MOST_IDENTITY or len(identity) != _LENGTHS.get(letter, len(identity)):
        raise IdentityRefused(f"identity: {len(identity)} octets are no identity of kind {letter}; see FORMAT.md")
    if letter == "t" and identity != identity[:1] + identity[1:].lower():
        raise IdentityRefused("identity: a token is in lower case; lower it where it is made and where it is asked for")
    if letter == "4" and not any(identity[1:]):
        raise IdentityRefused("identity: 0.0.0.0 is nobody's address; leave it out")
    return identity


def _locked(folder: pathlib.Path) -> IO[bytes]:
    lock = (folder / ".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise TableBusy("the family's tables: another process is writing them; try again when it is done") from None
    return lock
