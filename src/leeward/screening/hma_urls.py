"""The addresses of Meta's Hasher-Matcher-Actioner, below a prefix of ours. All but the three probes ask for a key first."""

from __future__ import annotations

from django.urls import path, re_path

from leeward.screening import hma, hma_status

app_name = "hma"

urlpatterns = [
    path("h/hash", hma.hash_media, name="hash"),
    path("m/raw_lookup", hma.raw_lookup, name="raw_lookup"),
    path("m/lookup", hma.lookup, name="lookup"),
    path("m/compare", hma.compare, name="compare"),
    path("m/index/status", hma_status.index_status, name="index_status"),
    path("c/banks", hma_status.banks, name="banks"),
    path("c/bank/<str:name>", hma_status.bank, name="bank"),
    path("c/signal_type", hma_status.signal_types, name="signal_types"),
    path("c/content_type", hma_status.content_types, name="content_types"),
    path("status", hma_status.status, name="status"),
    path("livez", hma_status.livez, name="livez"),
    path("readyz", hma_status.readyz, name="readyz"),
    re_path("", hma_status.nowhere),
]
