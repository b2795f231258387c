"""What is said of names: by the lists in force, the catalogue's services, safe search, and the names that nobody closes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain

from leeward.core import never
from leeward.engines.policy import family
from leeward.engines.policy.lists import Row
from leeward.filtering.lists import store, taking
from leeward.filtering.lists.models import ListSource
from leeward.filtering.lists.sources import Source, Sources

log = logging.getLogger("leeward.filtering")


def in_force() -> Sources:
    """Return what is said of names now."""
    rows = ListSource.objects.exclude(state=ListSource.State.OFF).exclude(last_good="").order_by("slug")
    lists = tuple(Source(row.last_good, row.count, marks) for row in rows if (marks := _marks(row)))
    return Sources(store.folder(), lists, fixed())


def _marks(source: ListSource) -> int:
    if source.marks == taking.RESETS:
        return family.RESET
    try:
        return family.catalogue().entry(source.marks).mark
    except family.UnknownSlug:
        # The catalogue lost an entry with an update. The other lists stay in force.
        log.error("a list has marks that nobody knows; subscribe to it anew", extra={"task": f"list:{source.slug}"})
        return 0


def fixed() -> dict[str, int]:
    """Return the marks of the names that no list brings."""
    together: dict[str, int] = defaultdict(int)
    protected = ((name, family.NEVER) for name in never.names())
    ours = (family.catalogue().service_names().items(), family.safe_search_names().items(), protected)
    for name, marks in chain.from_iterable(ours):
        together[name] |= marks
    return dict(together)


def names() -> Iterator[tuple[str, int]]:
    """Yield every listed name with its marks; one that comes twice gets the marks of both."""
    return in_force().names()


class Listing:
    """Knows the marks of one name at a time, with some looks into the lists' files and no table. Make one for each page."""

    @cached_property
    def _sources(self) -> Sources:
        return in_force()

    def marks_of(self, name: str, /) -> tuple[int, str]:
        """Return the marks of `name` together, and the longest listed name that covers it, as `family.Listing` promises."""
        labels = name.split(".")
        suffixes = [".".join(labels[at:]) for at in range(len(labels) - 1)]
        return family.Names({suffix: self._said(suffix) for suffix in suffixes}).marks_of(name)

    def _said(self, name: str) -> int:
        marks = self._sources.fixed.get(name, 0)
        for row, source in _rows(name, self._sources.lists):
            path = self._sources.folder / source.file
            # A list whose file is lost says nothing on this page; the policy process tells of it.
            if path.is_file() and store.holds(path, row):
                marks |= family.RESET if row.resets else source.marks
        return marks


def _rows(name: str, lists: Iterable[Source]) -> Iterator[tuple[Row, Source]]:
    for source in lists:
        if source.marks != family.RESET:
            yield Row(name), source
        yield Row(name, resets=True), source
