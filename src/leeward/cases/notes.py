"""What one colleague leaves for the next at a case."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leeward.cases import events, services
from leeward.cases.models import Case, Note
from leeward.core import facts
from leeward.core.models import User


class SaidNothing(Exception):
    """The note has no words; write something first."""


@transaction.atomic
def add(case: Case, text: str, *, by: User, at: datetime) -> Note:
    """Leave a note at a case, for the desk only. Raises `NotForThisPerson` or `SaidNothing`."""
    services.require(by, services.JUDGES)
    if not text.strip():
        raise SaidNothing
    note = Note.objects.create(case=case, by=by, text=text.strip(), at=at)
    facts.announce(events.NoteAdded(str(case.uid)), actor=services.actor(by), at=at)
    return note
