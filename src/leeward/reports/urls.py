"""The doors of reports."""

from __future__ import annotations

from django.urls import path

from leeward.reports import follow_views, views

app_name = "reports"
urlpatterns = [
    path("report/", views.form, name="form"),
    path("report.js", views.module, name="module"),
    path("r/", follow_views.follow, name="follow"),
]
