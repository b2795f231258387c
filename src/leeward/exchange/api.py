"""The TAXII 2.1 server, read-only: one collection of the signs that stand in the change log. Source: OASIS TAXII 2.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from leeward.core import config
from leeward.core.models import Organisation
from leeward.engines.stix import taxii
from leeward.exchange import services
from leeward.exchange.doors import Refused, answer, door

# Drawn once at random and never to change: partners' clients are set up with it.
COLLECTION_ID = "0191f369-be8d-482e-be30-0d5f37ad60da"
_COLLECTION: Mapping[str, object] = {
    "id": COLLECTION_ID,
    "title": "Confirmed signs of known harm",
    "description": "Hashes, addresses and host names that a trained person confirmed. Withdrawn ones come again, revoked.",
    "can_read": True,
    "can_write": False,
    "media_types": [taxii.STIX_MEDIA_TYPE],
}


@door()
def discovery(request: HttpRequest, asked_by: Organisation) -> HttpResponse:
    """Say where the api root is."""
    root_url = config.current().server.site_url + reverse("exchange:root")
    return answer({"title": "Leeward exchange", "default": root_url, "api_roots": [root_url]})


@door()
def root(request: HttpRequest, asked_by: Organisation) -> HttpResponse:
    """Say what is spoken here."""
    most = config.current().server.max_body_bytes
    return answer({"title": "Leeward exchange", "versions": [taxii.MEDIA_TYPE], "max_content_length": most})


@door()
def collections(request: HttpRequest, asked_by: Organisation) -> HttpResponse:
    """List the collections."""
    return answer({"collections": [_COLLECTION]})


@door()
def collection_of(request: HttpRequest, asked_by: Organisation, collection: str) -> HttpResponse:
    """Describe one collection."""
    _check(collection)
    return answer(_COLLECTION)


@door()
def manifest(request: HttpRequest, asked_by: Organisation, collection: str) -> HttpResponse:
    """Tell what stands in the collection without the objects themselves."""
    _check(collection)
    page = services.page(asked_by, filters=_filters(request))
    return _paged(page, name="objects", entries=[_entry(item) for item in page.items])


@door(refused_writes=("POST",))
def objects(request: HttpRequest, asked_by: Organisation, collection: str) -> HttpResponse:
    """Give the objects of the collection."""
    _check(collection)
    page = services.page(asked_by, filters=_filters(request))
    return _paged(page, name="objects", entries=[item.known for item in page.items])


@door(refused_writes=("DELETE",))
def one(request: HttpRequest, asked_by: Organisation, collection: str, oid: str) -> HttpResponse:
    """Give the versions of one object."""
    _check(collection)
    page = _page_of(asked_by, oid, filters=_filters(request))
    return _paged(page, name="objects", entries=[item.known for item in page.items])


@door()
def versions(request: HttpRequest, asked_by: Organisation, collection: str, oid: str) -> HttpResponse:
    """List the versions of one object."""
    _check(collection)
    page = _page_of(asked_by, oid, filters=replace(_filters(request), versions=(taxii.Version.ALL,)))
    return _paged(page, name="versions", entries=[item.version for item in page.items])


@door()
def status(request: HttpRequest, asked_by: Organisation, status: str) -> HttpResponse:
    """Refuse: nothing was ever sent here, so there is no status of it."""
    raise Refused(404, "There is no such status", "Nothing can be added here, so there is nothing to follow up.")


@door()
def nowhere(request: HttpRequest, asked_by: Organisation) -> HttpResponse:
    """Refuse every other address in words that a TAXII client understands."""
    raise Refused(404, "There is nothing here", "Begin at the discovery address; every address ends with a slash.")


def _check(collection: str) -> None:
    if collection != COLLECTION_ID:
        raise Refused(404, "There is no such collection", "Take an id from the list of collections.")


def _filters(request: HttpRequest) -> taxii.Filters:
    return taxii.Filters.from_query(dict(request.GET.lists()))


def _page_of(asked_by: Organisation, oid: str, *, filters: taxii.Filters) -> services.Page:
    """Return a page about one object. What exists and must not be seen is answered like what does not exist."""
    page = services.page(asked_by, filters=replace(filters, ids=(oid,), types=()))
    if not page.items and not services.exists(asked_by, object_id=oid):
        raise Refused(404, "There is no such object", "Take an id from the manifest.")
    return page


def _entry(item: services.Item) -> dict[str, object]:
    added = taxii.timestamp(item.added_at)
    return {"id": item.known["id"], "date_added": added, "version": item.version, "media_type": taxii.STIX_MEDIA_TYPE}


def _paged(
    page: services.Page, *, name: str, entries: list[object] | list[dict[str, object]] | list[str]
) -> HttpResponse:
    """Return one page as TAXII wants it: no empty lists, a mark where more follows, and the times in the header."""
    body: dict[str, object] = {"more": page.is_more, name: entries} if entries else {}
    if page.is_more:
        body |= {"more": True, "next": taxii.encode_next(page.reached)}
    response = answer(body)
    response[taxii.DATE_ADDED_FIRST] = taxii.timestamp(page.first_at)
    response[taxii.DATE_ADDED_LAST] = taxii.timestamp(page.last_at)
    return response
