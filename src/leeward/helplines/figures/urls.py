"""The doors of the figures."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.figures import public_views, views

app_name = "helpline_figures"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("public/", public_views.public, name="public"),
    path("<uuid:uid>/", views.of_desk, name="desk"),
    path("<uuid:uid>/table.csv", views.table, name="table"),
]
