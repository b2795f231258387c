"""The doors of children-only areas for the operator, below /age/areas/."""

from __future__ import annotations

from django.urls import path

from leeward.families.areas import views

app_name = "areas"
urlpatterns = [
    path("", views.areas, name="areas"),
    path("<uuid:uid>/", views.area, name="area"),
    path("moderators/<uuid:uid>/approve", views.approve, name="approve"),
    path("moderators/<uuid:uid>/end", views.end, name="end"),
]
