"""The NCMEC hash sharing shape, both ways: version 2, XML. Source: `clients/ncmec/hash_api.py` of threatexchange 1.2.17.

That client writes local time with a `Z` behind it, so it must run with TZ=UTC. It never asks for the last five seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import telling, xml
from leeward.exchange.shapes.values import Told, Unreadable
from leeward.exchange.shelf.places import SHELF
from leeward.indicators.models import Kind

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
PAGE = 1000  # `ENTRIES_PER_FETCH` of the client.
HERE = 1  # The number of this site among the members; everybody else is known by MEMBERS + their own.
MEMBERS = 1000
TIME = "%Y-%m-%dT%H:%M:%SZ"
FINGERPRINTS: Mapping[Kind, str] = {Kind.MD5: "md5", Kind.SHA1: "sha1", Kind.PDQ: "pdq"}
# The types that can be voted on here, by the name that the address of a vote holds.
VOTED: Mapping[str, Kind] = {"MD5": Kind.MD5, "SHA1": Kind.SHA1, "PDQ": Kind.PDQ}
# Drawn once at random and never to change: a vote against names its reason by these.
REASONS: Mapping[str, str] = {
    "63126a5a-560f-4865-ad93-c51762587798": "false_positive",
    "e94d1feb-6fa6-4bd3-b407-0416d67fd51f": "wrong_category",
    "39d3837b-e9d4-41b7-bb3e-1b354ad1237e": "legal_here",
}
_KINDS = {name: kind for kind, name in FINGERPRINTS.items()}
_ID_MAX = 100  # Characters of an entry's id.


@dataclass(frozen=True, slots=True)
class Window:
    """What a reader asks for: changes from `begin` on and before `end`, after a place, so many at a time."""

    begin: datetime
    end: datetime
    after: int = 0
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of somebody's feed; a deleted one has no fingerprints."""

    member: int
    entry_id: str
    is_deleted: bool
    fingerprints: Mapping[Kind, str]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page of somebody's feed; `next_path` follows their base address and is empty at the end."""

    entries: tuple[Entry, ...]
    next_path: str


@dataclass(frozen=True, slots=True)
class Vote:
    """What a member says of an entry; `reason` is one of the words in REASONS where they disagree."""

    agrees: bool
    reason: str = ""


def _reader(partner: Partner) -> str:
    return _member(MEMBERS + partner.pk, partner.organisation.name)


def status(asked_by: Partner) -> str:
    """Return who asks."""
    return _document("status", _reader(asked_by))


def members(asked_by: Partner, *, site: str) -> str:
    """Return this site and whoever asks. Who else takes part is nothing for them."""
    return _document("members", _member(HERE, site) + _reader(asked_by))


def reasons() -> str:
    """Return why somebody may vote against a fingerprint; they are the same for every type."""
    listed = "".join(f'<reason guid="{guid}" name="{name}"/>' for guid, name in REASONS.items())
    return _document("feedbackReasons", f"<availableFeedbackReasons>{listed}</availableFeedbackReasons>")


def entries(asked_by: Partner, *, window: Window, site: str) -> str:
    """Return one page of a window: signs whose last change lies in it, and a tombstone for each that was taken back."""
    after = max(telling.place_before(window.begin), window.after, SHELF)
    part = telling.part(asked_by, after=after, most=window.size, kinds=FINGERPRINTS)
    inside = [told for told in part.told if told.added_at < window.end]
    is_more = part.is_more and len(inside) == len(part.told)
    rows = "".join(_entry(told, site=site) for told in inside)
    last = inside[-1].added_at if inside else window.begin
    next_path = _next(window, reached=part.reached) if is_more else ""
    images = f'<images maxTimestamp="{last.astimezone(UTC).strftime(TIME)}">{rows}</images>' if rows else ""
    paging = f"<paging><next>{escape(next_path)}</next></paging>" if next_path else ""
    return _document("queryResult", images + paging)


def _next(window: Window, *, reached: int) -> str:
    """Return what the client appends to the base address: `start`, `size` and `max` let it guess how much is left."""
    asked = {
        "from": window.begin.strftime(TIME),
        "to": window.end.strftime(TIME),
        "start": str(reached),
        "size": str(window.size),
        "max": str(max(min(telling.head(), telling.place_before(window.end)), reached)),
    }
    return f"/v2/entries?{urlencode(asked)}"


def _entry(told: Told, *, site: str) -> str:
    name = "deletedImage" if told.is_withdrawn else "image"
    head = f"{_member(HERE, site)}<timestamp>{told.added_at.strftime(TIME)}</timestamp><id>{told.uid}</id>"
    if told.is_withdrawn:
        return f"<{name}>{head}</{name}>"
    of_kind = FINGERPRINTS[told.kind]
    body = f"<classification>{escape(told.category)}</classification>"
    body += f"<fingerprints><{of_kind}>{told.value}</{of_kind}></fingerprints>"
    return f"<{name}>{head}{body}</{name}>"


def _member(number: int, name: str) -> str:
    return f"<member id={quoteattr(str(number))}>{escape(name)}</member>"


def _document(name: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">{body}</{name}>\n'


def read_entries(octets: bytes) -> Fetched:
    """Return one page of somebody's `entries`; raise `Unreadable`."""
    root = xml.read(octets)
    if root.name != "queryResult":
        raise Unreadable("the root must be queryResult; ask the address of the entries")
    found = [entry for name in ("images", "videos") for entry in _read_all(root.first(name))]
    next_element = root.first("paging", "next")
    next_path = "" if next_element is None else next_element.text
    if next_path and not next_path.startswith("/"):
        raise Unreadable("paging/next: this must begin with a slash, so that it stays at the same host")
    return Fetched(tuple(found), next_path)


def _read_all(listed: xml.Element | None) -> Iterable[Entry]:
    for element in listed.children if listed is not None else ():
        member, entry_id = element.first("member"), element.first("id")
        number = member.attributes.get("id", "") if member is not None else ""
        if entry_id is None or not 0 < len(entry_id.text) <= _ID_MAX or not number.isdecimal() or len(number) > 9:
            raise Unreadable(f"{listed.name if listed else ''}: an entry has no id or no member with a number")
        prints = element.first("fingerprints")
        known = {_KINDS[one.name]: one.text for one in (prints.children if prints else ()) if one.name in _KINDS}
        yield Entry(int(number), entry_id.text, element.name.startswith("deleted"), known)


def read_vote(octets: bytes) -> Vote:
    """Return what a `feedbackSubmission` says; raise `Unreadable`."""
    root = xml.read(octets)
    if root.name != "feedbackSubmission" or len(root.children) != 1:
        raise Unreadable("the root must be feedbackSubmission with one element, affirmative or negative")
    vote = root.children[0]
    if vote.name == "affirmative":
        return Vote(agrees=True)
    guid = vote.first("reasonIds", "guid")
    if vote.name != "negative" or guid is None or guid.text not in REASONS:
        raise Unreadable("negative/reasonIds/guid: this must be one of the reasons that are given for this type")
    return Vote(agrees=False, reason=REASONS[guid.text])


def read_time(text: str) -> datetime:
    """Return a time as the client writes it, with or without milliseconds; raise `Unreadable`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("from, to: write the time as 2026-11-22T10:00:00Z, in UTC") from None
    if moment.tzinfo is None:
        raise Unreadable("from, to: the time zone is missing; write it in UTC with a Z at its end")
    return moment.astimezone(UTC)
