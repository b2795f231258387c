"""The folders of UT1: one folder for each category, each with a plain list of names in its file `domains`."""

from collections.abc import Iterable, Mapping

from leeward.engines.policy.lists._reading import FAULT_LIMIT, Reading, read
from leeward.engines.policy.lists._values import Format


def read_folders(
    folders: Mapping[str, Iterable[bytes]], *, opening: frozenset[str], fault_limit: int = FAULT_LIMIT
) -> dict[str, Reading]:
    """Return a reading for each folder, by its name; all rows of the `opening` folders, which UT1 calls white, are exceptions."""
    return {
        name: read(parts, format=Format.DOMAINS, resets=name in opening, fault_limit=fault_limit)
        for name, parts in folders.items()
    }
