"""The doors of the lists."""

from __future__ import annotations

from django.urls import path

from leeward.filtering import list_views

app_name = "lists"
urlpatterns = [
    path("", list_views.overview, name="overview"),
    path("add", list_views.subscribe, name="subscribe"),
    path("own", list_views.subscribe_to_own, name="own"),
    path("<slug:slug>/fetch", list_views.fetch, name="fetch"),
    path("<slug:slug>/release", list_views.release, name="release"),
    path("<slug:slug>/off", list_views.switch_off, name="off"),
]
