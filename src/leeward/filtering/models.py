"""What filtering remembers; Django looks for models here. The compiled tables in the data folder follow these rows."""

from __future__ import annotations

from leeward.filtering.counts.models import ClosedName, CountedAnswers, CountFile
from leeward.filtering.legal.models import LegalName, LegalOrder, LegalStep
from leeward.filtering.lists.models import ListFetch, ListSource
from leeward.filtering.subscribers.models import Held, Origin, Session, Subscriber, SubscriberImport

__all__ = [
    "ClosedName",
    "CountFile",
    "CountedAnswers",
    "Held",
    "LegalName",
    "LegalOrder",
    "LegalStep",
    "ListFetch",
    "ListSource",
    "Origin",
    "Session",
    "Subscriber",
    "SubscriberImport",
]
