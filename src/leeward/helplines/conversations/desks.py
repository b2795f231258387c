"""Which desk a message goes to that no door stands before."""

from __future__ import annotations

from leeward.helplines.conversations.models import Desk


def for_language(language: str) -> Desk | None:
    """Return the oldest open desk that speaks a language and has a key, else the oldest that has a key; None without any.

    A message in a language that nobody speaks is better read with a dictionary than not at all.
    """
    desks = list(
        Desk.objects.filter(closed_at=None, keys__isnull=False, keys__retired_at=None).order_by("made_at", "pk")
    )
    return next((desk for desk in desks if language in desk.languages), desks[0] if desks else None)
