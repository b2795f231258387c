"""Ask once a week whether the pages of services still answer. What is found is shown to staff; nothing is changed by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import httpx
from django.db.models import F, Q

from leeward.core import calling, config
from leeward.helplines.directory.models import Contact, Service

EVERY: Final = timedelta(days=7)
# So few at a time that a slow page keeps no other chore waiting for long.
AT_ONCE: Final = 10
_LIMIT_S: Final = 10.0


class Fault(StrEnum):
    """Why a page counts as not there."""

    NO_NAME = "no_name"
    NO_ANSWER = "no_answer"
    NOT_FOUND = "not_found"
    BROKEN = "broken"


def look(at: datetime, *, may_be_private: bool = False) -> int:
    """Ask the pages that were not asked for a week, a few at a time, and return how many were asked."""
    due = Contact.objects.filter(
        Q(looked_at=None) | Q(looked_at__lte=at - EVERY), kind__in=[Contact.Kind.WEB, Contact.Kind.CHAT]
    ).exclude(service__state=Service.State.RETIRED)
    some = list(due.order_by(F("looked_at").asc(nulls_first=True), "pk")[:AT_ONCE])
    if not some:
        return 0
    limit_s = min(_LIMIT_S, config.current().jobs.http_timeout_s)
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=limit_s) as client:
        for contact in some:
            fault = _fault(client, contact.value, may_be_private=may_be_private)
            count = F("faults_count") + 1 if fault else 0
            # A row that somebody changed meanwhile is another one.
            kept = Contact.objects.filter(pk=contact.pk, value=contact.value)
            kept.update(looked_at=at, fault=fault, faults_count=count)
    return len(some)


def _fault(client: httpx.Client, address: str, *, may_be_private: bool) -> str:
    try:
        asked = calling.request(client, "GET", address, headers={}, may_be_private=may_be_private)
        # The head of the answer says enough; the page itself is not read.
        answer = client.send(asked, stream=True)
        answer.close()
    except calling.NotCalled:
        return Fault.NO_NAME
    except (httpx.HTTPError, httpx.InvalidURL):
        return Fault.NO_ANSWER
    if answer.status_code in {404, 410}:
        return Fault.NOT_FOUND
    # A page that asks who comes (401, 403, 429) is there.
    return Fault.BROKEN if answer.status_code >= 500 else ""
