"""The doors of the directory for everybody, below /h/."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.directory import child_views, public_views

urlpatterns = [
    path("", child_views.home, name="help"),
    path("call/", child_views.call, name="help_call"),
    path("directory.json", public_views.as_json, name="directory_json"),
    path("directory.csv", public_views.as_csv, name="directory_csv"),
]
