"""The doors of the share rules."""

from __future__ import annotations

from django.urls import path

from leeward.exchange import sharing_views

app_name = "sharing"
urlpatterns = [
    path("", sharing_views.overview, name="overview"),
    path("<uuid:uid>/end", sharing_views.end, name="end"),
    path("<uuid:uid>/reopen", sharing_views.reopen, name="reopen"),
]
