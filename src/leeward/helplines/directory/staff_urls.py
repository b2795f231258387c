"""The doors of the check list, below /helpline/directory/."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.directory import staff_views

app_name = "helpline_directory"
urlpatterns = [
    path("", staff_views.overview, name="overview"),
    path("import/", staff_views.import_file, name="import"),
    path("next/", staff_views.next_row, name="next"),
    path("add/", staff_views.add, name="add"),
    path("<uuid:uid>/", staff_views.row, name="row"),
    path("<uuid:uid>/undo/", staff_views.undo, name="undo"),
]
