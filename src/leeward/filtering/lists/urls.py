"""The doors of the lists."""

from __future__ import annotations

from django.urls import path

from leeward.filtering.lists import views

app_name = "lists"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("add", views.subscribe, name="subscribe"),
    path("own", views.subscribe_to_own, name="own"),
    path("<slug:slug>/fetch", views.fetch, name="fetch"),
    path("<slug:slug>/release", views.release, name="release"),
    path("<slug:slug>/off", views.switch_off, name="off"),
]
