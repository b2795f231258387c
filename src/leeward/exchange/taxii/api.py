"""The TAXII 2.1 server: one collection of our signs, to which partners add their own and what they say. Source: OASIS TAXII 2.1."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from leeward.core import config
from leeward.engines.stix import taxii
from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf import services
from leeward.exchange.taxii import submissions
from leeward.exchange.taxii.doors import Refused, answer, door
from leeward.exchange.taxii.models import Submission

# Drawn once at random and never to change: partners' clients are set up with it.
COLLECTION_ID = "0191f369-be8d-482e-be30-0d5f37ad60da"
_COLLECTION: Mapping[str, object] = {
    "id": COLLECTION_ID,
    "title": "Confirmed signs of known harm",
    "description": "Hashes, addresses and host names that a trained person confirmed. Withdrawn ones come again, revoked.",
    "can_read": True,
    "can_write": True,
    "media_types": [taxii.STIX_MEDIA_TYPE],
}


@door()
def discovery(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Say where the api root is."""
    root_url = config.current().server.site_url + reverse("exchange:root")
    return answer({"title": "Leeward exchange", "default": root_url, "api_roots": [root_url]})


@door()
def root(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Say what is spoken here."""
    most = config.current().server.max_body_bytes
    return answer({"title": "Leeward exchange", "versions": [taxii.MEDIA_TYPE], "max_content_length": most})


@door()
def collections(request: HttpRequest, partner: Partner) -> HttpResponse:
    """List the collections."""
    return answer({"collections": [_COLLECTION]})


@door()
def collection_of(request: HttpRequest, partner: Partner, collection: str) -> HttpResponse:
    """Describe one collection."""
    _check(collection)
    return answer(_COLLECTION)


@door()
def manifest(request: HttpRequest, partner: Partner, collection: str) -> HttpResponse:
    """Tell what stands in the collection without the objects themselves."""
    _check(collection)
    page = services.page(partner, filters=_filters(request))
    return _paged(page, name="objects", entries=[_octets(_entry(item)) for item in page.items])


@door(writes=("POST",))
def objects(request: HttpRequest, partner: Partner, collection: str) -> HttpResponse:
    """Give the objects of the collection, or take some."""
    _check(collection)
    if request.method == "POST":
        return _take(request, partner)
    page = services.page(partner, filters=_filters(request))
    return _paged(page, name="objects", entries=[item.body for item in page.items])


@door(writes=("DELETE",))
def one(request: HttpRequest, partner: Partner, collection: str, oid: str) -> HttpResponse:
    """Give the versions of one object, or take back one that this partner told."""
    _check(collection)
    if request.method == "DELETE":
        return _take_back(partner, oid)
    page = _page_of(partner, oid, filters=_filters(request))
    return _paged(page, name="objects", entries=[item.body for item in page.items])


@door()
def versions(request: HttpRequest, partner: Partner, collection: str, oid: str) -> HttpResponse:
    """List the versions of one object."""
    _check(collection)
    page = _page_of(partner, oid, filters=replace(_filters(request), versions=(taxii.Version.ALL,)))
    return _paged(page, name="versions", entries=[_octets(item.version) for item in page.items])


@door()
def status(request: HttpRequest, partner: Partner, status: str) -> HttpResponse:
    """Say what became of a request by which this partner added objects."""
    found = submissions.status_of(partner, uid=status)
    if found is None:
        raise Refused(404, "There is no such status", "Take the id from the answer to what you sent in the last days.")
    return answer(_status(found))


@door()
def nowhere(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Refuse every other address in words that a TAXII client understands."""
    raise Refused(404, "There is nothing here", "Begin at the discovery address; every address ends with a slash.")


def _check(collection: str) -> None:
    if collection != COLLECTION_ID:
        raise Refused(404, "There is no such collection", "Take an id from the list of collections.")


def _filters(request: HttpRequest) -> taxii.Filters:
    return taxii.Filters.from_query(dict(request.GET.lists()))


def _page_of(partner: Partner, oid: str, *, filters: taxii.Filters) -> services.Page:
    """Return a page about one object. What exists and must not be seen is answered like what does not exist."""
    page = services.page(partner, filters=replace(filters, ids=(oid,), types=()))
    if not page.items and not services.exists(partner, object_id=oid):
        raise Refused(404, "There is no such object", "Take an id from the manifest.")
    return page


def _take(request: HttpRequest, partner: Partner) -> HttpResponse:
    try:
        submission = submissions.submit(partner, request.body, at=timezone.now())
    except submissions.NotReadable as fault:
        status, title = (413, "This is too much at once") if fault.is_too_large else (400, "The body cannot be read")
        raise Refused(status, title, str(fault)) from fault
    return answer(_status(submission), status=202)


def _take_back(partner: Partner, oid: str) -> HttpResponse:
    try:
        submissions.take_back(partner, object_id=oid, at=timezone.now())
    except submissions.NeverTold as fault:
        if services.exists(partner, object_id=oid):
            raise Refused(
                403, "This object is not yours", "Only who told it takes it back; send an opinion."
            ) from fault
        raise Refused(404, "There is no such object", "Take the id of an object that you sent.") from fault
    return answer({})


def _status(submission: Submission) -> dict[str, object]:
    """Return the status resource of TAXII; empty lists are left out there. All of it was done before the answer."""
    done, failed = submission.successes, submission.failures
    counts = {"total_count": len(done) + len(failed), "success_count": len(done), "failure_count": len(failed)}
    lists = {name: entries for name, entries in (("successes", done), ("failures", failed)) if entries}
    return {
        "id": str(submission.uid),
        "status": "complete",
        "request_timestamp": taxii.timestamp(submission.at),
        **counts,
        "pending_count": 0,
        **lists,
    }


def _entry(item: services.Item) -> dict[str, object]:
    added = taxii.timestamp(item.added_at)
    return {"id": item.object_id, "date_added": added, "version": item.version, "media_type": taxii.STIX_MEDIA_TYPE}


def _octets(value: object) -> bytes:
    return json.dumps(value).encode()


def _paged(page: services.Page, *, name: str, entries: Sequence[bytes]) -> HttpResponse:
    """Return one page as TAXII wants it: no empty lists, a mark where more follows, and the times in the header.

    The entries are joined as they are: an object is signed by its octets, and is written once and never again.
    """
    mark = f', "next": "{taxii.encode_next(page.reached)}"' if page.is_more else ""
    head = f'{{"more": {json.dumps(page.is_more)}{mark}, "{name}": ['
    response = answer(b"".join((head.encode(), b", ".join(entries), b"]}")) if entries else b"{}")
    response[taxii.DATE_ADDED_FIRST] = taxii.timestamp(page.first_at)
    response[taxii.DATE_ADDED_LAST] = taxii.timestamp(page.last_at)
    return response
