"""The doors of the share rules."""

from __future__ import annotations

from django.urls import path

from leeward.exchange.sharing import views

app_name = "sharing"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<uuid:uid>/end", views.end, name="end"),
    path("<uuid:uid>/reopen", views.reopen, name="reopen"),
]
