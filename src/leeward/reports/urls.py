"""The doors of reports."""

from __future__ import annotations

from django.urls import path

from leeward.reports import button_views, follow_views, guidance, guidance_views, views

app_name = "reports"
urlpatterns = [
    path("report/", views.form, name="form"),
    path("report/how/", guidance_views.how, name="how"),
    path("report/how/parent/", guidance_views.how, {"reader": guidance.Reader.PARENT}, name="how_for"),
    path("report/how/teacher/", guidance_views.how, {"reader": guidance.Reader.TEACHER}, name="how_for"),
    path("report.js", button_views.module, name="module"),
    path("report/parts/<str:name>.js", button_views.part, name="part"),
    path("report/texts/<str:language>/<str:band>.json", button_views.words, name="words"),
    path("r/", follow_views.follow, name="follow"),
]
