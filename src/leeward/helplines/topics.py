"""What a child can say a talk is about, by a picture and without a word: the names are those of the drawings in the page."""

from __future__ import annotations

from typing import Final

# Shown in this order; words stand in the table [topic] of the texts.
IN_ORDER: Final = ("home", "friends", "bullying", "online", "feelings", "body", "school", "other")
TOPICS: Final = frozenset(IN_ORDER)
