"""The doors of the operator's page of lines."""

from __future__ import annotations

from django.urls import path

from leeward.filtering.subscribers import views

app_name = "lines"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<uuid:uid>/release", views.release, name="release"),
]
