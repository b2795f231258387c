"""The tables of the families as their one writer sees them: opened or made whole, changed in place, and known to follow so far.

Whatever fails on the way, readers keep the last good tables: new ones are made beside them and come into their place as a whole.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path

from leeward.core import following, sequencer
from leeward.core.faults import point
from leeward.engines import policy
from leeward.engines.policy import family, mapped
from leeward.families import seats
from leeward.filtering.family import names as family_names
from leeward.filtering.family import rows
from leeward.filtering.family import state as family_state
from leeward.filtering.family.names import End, Making
from leeward.filtering.family.rows import Owned
from leeward.filtering.family.state import State
from leeward.filtering.lists import listing

log = logging.getLogger("leeward.filtering")
# What was taken off is forgotten after a while, and its identity with it: whoever slept longer begins anew.
SLEPT_S = (seats.UNDO_WITHIN / 2).total_seconds()
BAKE_EVERY = timedelta(days=1)


class NotMade(OSError):
    """There is no room for new tables, or no right to write them; the last good ones stay. Make room in the data folder."""


class Plane:
    """The tables, held for writing. `open` makes them where there are none, or none that can be trusted."""

    def __init__(self, place: Path, writer: mapped.Writer, state: State) -> None:
        self._place, self._writer = place, writer
        self.position, self.names, self.names_position = state.position, state.names, state.names_position
        self._looked_at_s = state.looked_at_s

    @classmethod
    def open(cls, place: Path, *, at: datetime) -> Plane:
        """Go on with the tables that lie there, or make new ones. Raises `policy.TableBusy`, and `NotMade`."""
        state = family_state.read(place)
        if state is None or not _can_go_on(state, at=at):
            return cls.made(place, at=at)
        try:
            writer = mapped.Writer.open(place)
        except (policy.TableMissing, policy.BadTable):
            return cls.made(place, at=at)
        family_names.sweep(place)
        return cls(place, writer, state)

    @classmethod
    def made(cls, place: Path, *, at: datetime, instead_of: Plane | None = None) -> Plane:
        """Make all tables from the database beside those that lie there now, be they held by `instead_of`. Raises as `open` does."""
        beside = place.with_name(f"{place.name}.new")
        place.parent.mkdir(parents=True, exist_ok=True)
        family_names.sweep(place)
        shutil.rmtree(beside, ignore_errors=True)
        # Read before the rows: what changes meanwhile comes again by position, and coming twice is harmless.
        position = following.head()
        sources = listing.in_force().here()
        making = Making(sources, beside=place, position=position)
        try:
            with mapped.Writer.create(beside) as writer:
                fresh = cls(beside, writer, _fresh(position, at=at))
                fresh.put_everything(at=at)
                if making.end() is End.NOT_LISTABLE:
                    log.error("the file of a list is broken; fetch the lists anew", extra={"count": len(sources.lists)})
                    making.close()
                    # The families do not wait for another file.
                    making = Making(sources.without_lists(), beside=place, position=position)
                fresh.take_names(making)
                writer.flush()
            if instead_of is not None:
                instead_of._writer.close()
            family_state.forget(place)
            point("family.before_adopt")
            plane = cls(place, mapped.Writer.adopt(place, made=beside), _fresh(position, at=at))
        finally:
            making.close()
            shutil.rmtree(beside, ignore_errors=True)
        plane.names, plane.names_position = fresh.names, fresh.names_position
        plane.store(at=at)
        log.info("family tables made", extra={"position": position, "count": sources.count})
        return plane

    @property
    def looked_at_s(self) -> int:
        """When the database was last looked at, in seconds since 1970."""
        return self._looked_at_s

    def looked(self, *, at: datetime) -> None:
        """Note that the database is looked at now."""
        self._looked_at_s = int(at.timestamp())

    def is_behind(self, at: datetime, *, by_s: float) -> bool:
        """Tell whether the database was not looked at for longer than `by_s`."""
        return at.timestamp() - self._looked_at_s > by_s

    def put_everything(self, *, at: datetime) -> None:
        """Put every profile and every identity there is."""
        for some in batched(rows.numbers(), rows.AT_ONCE, strict=False):
            self.put_profiles(some, at=at)
        self.put_identities(rows.all_devices(at=at), at=at)
        self.put_identities(rows.all_lines(), at=at)

    def put_profiles(self, numbers: Iterable[int], *, at: datetime) -> None:
        """Give profiles the state of the database; one that is no more there goes."""
        for number, profile in rows.profiles_of([*numbers], at=at):
            self._put_profile(number, profile, at=at)

    def _put_profile(self, number: int, profile: family.Profile | None, *, at: datetime) -> None:
        if profile is None:
            self._writer.drop_profile(number)
        else:
            self._writer.put_profile(profile, at=at)

    def put_identities(self, owned: Iterable[Owned] | Iterator[Owned], *, at: datetime) -> None:
        """Let identities lead to their profiles, or to nobody."""
        for identity, number in owned:
            if number is not None and not self._writer.has_profile(number):
                self.put_profiles([number], at=at)
            try:
                if number is None:
                    self._writer.drop_who(identity)
                else:
                    self._writer.put_who(identity, number)
            except (mapped.IdentityRefused, mapped.ProfileMissing) as refused:
                # Its message tells the kind of the fault and nothing of whose identity it is.
                log.error("an identity of profile %s cannot be used: %s", number, refused)

    def has_profile(self, number: int) -> bool:
        """Tell whether the tables have a profile of that number now."""
        return self._writer.has_profile(number)

    def take_names(self, making: Making) -> None:
        """Put a table of names that was made in the place of the present one. Raises `NotMade`."""
        if making.end() is not End.MADE:
            raise NotMade(making.end().name)
        count = self._writer.take_names(making.folder)
        point("family.after_swap")
        self.names, self.names_position = making.sources.digest, making.position
        log.info("names taken in", extra={"count": count, "position": making.position})

    def to_bake(self, *, at: datetime) -> list[int]:
        """Return the numbers of the profiles whose windows were reckoned more than a day ago, the oldest first."""
        return self._writer.baked_before(at - BAKE_EVERY)

    def again(self, *, at: datetime) -> Plane:
        """Return the tables made anew, for whoever slept so long that it cannot tell any more what was taken off."""
        return Plane.made(self._place, at=at, instead_of=self)

    def store(self, *, at: datetime) -> None:
        """Bring the tables onto the disk, and after them how far they follow."""
        self._store(at=at, boot=family_state.boot())

    def _store(self, *, at: datetime, boot: str) -> None:
        self._writer.flush()
        baked_until = self._writer.baked_until()
        state = State(
            position=self.position,
            mark=sequencer.mark(self.position).hex(),
            looked_at_s=self._looked_at_s,
            names=self.names,
            names_position=self.names_position,
            baked_until_s=None if baked_until is None else int(baked_until.timestamp()),
            boot=boot,
        )
        family_state.write(self._place, state)

    def close(self, *, at: datetime) -> None:
        """Store that everything is on the disk, and let another process write."""
        try:
            self._store(at=at, boot="")
        finally:
            self._writer.close()


def _can_go_on(state: State, *, at: datetime) -> bool:
    if state.boot not in {"", family_state.boot()}:
        # The machine went down meanwhile: what of the tables came onto the disk, and in which order, nobody knows.
        return False
    is_known = state.position <= following.head() and sequencer.mark(state.position).hex() == state.mark
    return is_known and not state.is_behind(at, by_s=SLEPT_S)


def _fresh(position: int, *, at: datetime) -> State:
    return State(position, "", int(at.timestamp()), "", 0, None, "")
