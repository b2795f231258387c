"""A hosts file. It has no word for «and all below» nor for exceptions, so every single name stands there or does not."""

from collections.abc import Iterable, Iterator

from leeward.engines.policy import _names as names


def hosts(closed: Iterable[str], *, never: Iterable[str]) -> Iterator[str]:
    """Yield `0.0.0.0 name` for each closed name that is not open, nor below one that is."""
    opened = frozenset(never)
    for name in sorted(set(closed)):
        if not opened.intersection(names.suffixes(name)):
            yield f"0.0.0.0 {name}"
