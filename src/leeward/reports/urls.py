"""The doors of reports."""

from __future__ import annotations

from django.urls import path

from leeward.reports import views

app_name = "reports"
urlpatterns = [
    path("report/", views.form, name="form"),
    path("report.js", views.module, name="module"),
    path("r/", views.follow, name="follow"),
]
