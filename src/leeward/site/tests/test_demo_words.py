"""What the demo says of what it saw."""

from __future__ import annotations

from leeward.site.demo.effects import Seen
from leeward.site.management.commands.demo import outcome_of

UPLOAD, NAME = Seen("upload of a changed copy", 12.0, "stored"), Seen("host name at the resolver", 30.0, "no longer")


def test_all_are_lifted_only_where_each_was_seen() -> None:
    assert outcome_of([UPLOAD, NAME]) == "All 2 are lifted:"


def test_an_effect_that_was_not_seen_is_named() -> None:
    stuck = Seen("TAXII 2.1 client", None, "not seen within 10 s")

    assert outcome_of([UPLOAD, NAME, stuck]) == "2 of 3 are lifted. Not seen to be lifted: TAXII 2.1 client."
