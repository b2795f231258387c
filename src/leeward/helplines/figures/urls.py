"""The doors of the figures."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.figures import views

app_name = "helpline_figures"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<uuid:uid>/", views.of_desk, name="desk"),
    path("<uuid:uid>/table.csv", views.table, name="table"),
]
