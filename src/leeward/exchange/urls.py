"""The doors of the TAXII server. Every address below the prefix asks for a key first, those that lead nowhere too."""

from __future__ import annotations

from django.urls import path, re_path

from leeward.exchange.bells import api as bell_api
from leeward.exchange.receipts import api as receipt_api
from leeward.exchange.taxii import api

app_name = "exchange"
_COLLECTION = "api/collections/<str:collection>/"

urlpatterns = [
    path("", api.discovery, name="discovery"),
    path("api/", api.root, name="root"),
    path("api/status/<str:status>/", api.status, name="status"),
    path("api/collections/", api.collections, name="collections"),
    path(_COLLECTION, api.collection_of, name="collection"),
    path(f"{_COLLECTION}manifest/", api.manifest, name="manifest"),
    path(f"{_COLLECTION}objects/", api.objects, name="objects"),
    path(f"{_COLLECTION}objects/<str:oid>/", api.one, name="object"),
    path(f"{_COLLECTION}objects/<str:oid>/versions/", api.versions, name="versions"),
    path(f"{_COLLECTION}events/", bell_api.events, name="events"),
    path(f"{_COLLECTION}receipts/", receipt_api.confirm, name="receipts"),
    re_path("", api.nowhere),
]
