"""Read what a partner added since the last time: TAXII 2.1, page by page, every version, never more than is good for us.

Each page is one transaction: what it did, which withdrawals we owe a word for, and how far we have come. So whoever is ended
between two pages goes on with the next one, and a page that comes twice does nothing the second time.
Source: OASIS TAXII 2.1 section 3.4 (paging by `next`, or by `added_after` where a server gives no `next`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from django.db import transaction

from leeward.core import faults
from leeward.engines import stix
from leeward.engines.stix import taxii
from leeward.exchange.following import calling
from leeward.exchange.intake import origins
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners import services as partners
from leeward.exchange.partners import their_door
from leeward.exchange.partners.models import Partner
from leeward.exchange.receipts import services as receipts

PAGE = 250  # Objects asked for at once. One page is one transaction, and others wait to write as long as it takes.
_OBJECTS_MAX = 5000  # Of a page, from a server that gives more than it was asked for.
_EMPTY_MAX = 20  # Pages in a row that say "more" and hold nothing.
_TICK = timedelta(microseconds=1)
_WITHDRAWN = Received.State.WITHDRAWN


class NotPulled(Exception):
    """A partner gave nothing that could be taken. `code` is short; what was taken before stays taken."""

    def __init__(self, code: str, *, wait_s: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.wait_s = code, wait_s


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one page and one round may cost. A round that ends early goes on with the next one."""

    page: calling.Limits = field(default_factory=calling.Limits)
    round_s: float = 300.0


def pull(partner: Partner, *, at: datetime, limits: Limits | None = None) -> int:
    """Take what is new at a partner, every page, and return how many objects came. Raises `NotPulled`, noted with the partner.

    `at` is when the round began; all of it is taken as told then. Nothing happens for a partner that is not active or has no address.
    """
    if not partner.is_active or not partner.url:
        return 0
    try:
        with calling.client() as client:
            round_ = _Round(partner, client, limits or Limits(), at=at)
            round_.run()
    except calling.NotAnswered as error:
        partners.contact(partner, at=at, fault=error.code)
        raise NotPulled(error.code, wait_s=error.wait_s) from None
    except stix.BadObject as error:
        partners.contact(partner, at=at, fault=error.code.value)
        raise NotPulled(error.code.value) from None
    except NotPulled as error:
        partners.contact(partner, at=at, fault=error.code)
        raise
    partners.contact(partner, at=at, fault=round_.fault)
    return round_.count


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer, checked in form. `last_at` is the time of addition of its last object, None where it names none."""

    envelope: stix.Envelope
    last_at: datetime | None


class _Round:
    """One walk over the pages of one partner, from its mark to the end of what it has now."""

    def __init__(self, partner: Partner, client: httpx.Client, limits: Limits, *, at: datetime) -> None:
        self.count, self.fault = 0, ""
        self._partner, self._client, self._limits, self._at = partner, client, limits, at
        self._mark = partner.mark
        self._told = origins.Told(partner, at=at)

    def run(self) -> None:
        """Take every page. Stops where a partner only says that there is more."""
        deadline = time.monotonic() + self._limits.round_s
        after, mark, seen, empty = self._mark, "", set[str](), 0
        while time.monotonic() < deadline:
            page = self._asked(after=after, mark=mark)
            objects, is_more = page.envelope.objects, page.envelope.more
            self._take(page)
            faults.point("exchange.between_pages")
            if not is_more:
                return
            empty = 0 if objects else empty + 1
            mark = page.envelope.next or ""
            if not mark:
                after, before = self._after(page.last_at, than=after), after
                if after == before:
                    raise NotPulled("endless")
            elif mark in seen or empty > _EMPTY_MAX:
                raise NotPulled("endless")
            seen.add(mark)

    def _asked(self, *, after: str, mark: str) -> _Page:
        """Ask for one page; the filters stay the same while a partner's own marks lead on."""
        query: dict[str, str] = {"limit": str(PAGE), "match[version]": taxii.Version.ALL.value}
        if after:
            query["added_after"] = after
        if mark:
            query["next"] = mark
        address = str(httpx.URL(their_door.address(self._partner, "objects/"), params=query))
        headers = their_door.headers(self._partner, "GET", address) | {
            "Accept": taxii.MEDIA_TYPE,
            "User-Agent": "leeward",
        }
        answer = calling.get(self._client, address, headers=headers, limits=self._limits.page)
        if not answer.media_type.startswith("application/taxii+json"):
            raise NotPulled("media_type")
        envelope = stix.split_envelope(answer.body or b"{}", most=_OBJECTS_MAX)
        return _Page(envelope, _last_at(answer.headers))

    def _take(self, page: _Page) -> None:
        """Take one page in: what costs time is done before the transaction begins."""
        said, refused = [], 0
        for octets in page.envelope.objects:
            try:
                said.append(intake.read(octets, told=self._told))
            except origins.Refused as fault:
                reason = intake.refuse(fault).reason
                self.fault = self.fault if reason == origins.UNKNOWN else reason
                refused += 1
        self.count += len(said) + refused
        mark = self._next_mark(page)
        with transaction.atomic():
            self._moved_to(mark)
            taken = [(each, intake.keep(each, at=self._at)) for each in said]
            withdrawn = [
                (each.reading.object_id, each.reading.sign.modified)
                for each, outcome in taken
                if each.reading is not None and outcome.state == _WITHDRAWN and each.origin == self._partner
            ]
            if withdrawn:
                receipts.send(self._partner, withdrawn, self._at)
        self._mark = mark
        if any(outcome.reason == Received.Reason.CANARY for _, outcome in taken):
            self.fault = "canary"

    def _next_mark(self, page: _Page) -> str:
        """Return how far we have come with this page, to be stored. It never goes back.

        While there is more, objects with the same time of addition can stand on the next page, so the mark stays just before
        them: after a crash the last few come twice, and none is missed.
        """
        if page.last_at is None:
            return self._mark
        reached = page.last_at - _TICK if page.envelope.more else page.last_at
        return self._after(reached, than=self._mark)

    def _after(self, moment: datetime | None, *, than: str) -> str:
        """Return the later one of a moment and a mark, as text."""
        if moment is None or (than and moment <= taxii.parse_timestamp(than)):
            return than
        return taxii.timestamp(moment)

    def _moved_to(self, mark: str) -> None:
        """Store the mark. Raises `NotPulled` where the partner was stopped meanwhile, or another process pulls, too."""
        standing = Partner.objects.filter(pk=self._partner.pk, state=Partner.State.ACTIVE, mark=self._mark)
        if not standing.update(mark=mark):
            raise NotPulled("stopped")


def _last_at(headers: Mapping[str, str]) -> datetime | None:
    text = headers.get(taxii.DATE_ADDED_LAST.lower())
    if text is None:
        return None
    try:
        return taxii.parse_timestamp(text).astimezone(UTC)
    except stix.NotATimestamp:
        raise NotPulled("date_added") from None
