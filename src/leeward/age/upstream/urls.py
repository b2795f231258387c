"""The doors of services that are asked, below /age/upstream/."""

from __future__ import annotations

from django.urls import path

from leeward.age.upstream import views

app_name = "age_upstream"
urlpatterns = [
    path("back", views.back, name="back"),
    path("keys.json", views.keys, name="keys"),
    path("", views.overview, name="overview"),
    path("<slug:service>/", views.set_up, name="set_up"),
    path("<slug:service>/switch", views.switch, name="switch"),
]
