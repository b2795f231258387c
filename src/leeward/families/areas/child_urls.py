"""The child's doors to areas, below /ask/areas/."""

from __future__ import annotations

from django.urls import path

from leeward.families.areas import child_views

app_name = "ask_areas"
urlpatterns = [
    path("", child_views.areas, name="areas"),
    path("<uuid:uid>/join", child_views.join, name="join"),
    path("<uuid:uid>/leave", child_views.leave, name="leave"),
]
