"""The child's doors, below /ask/."""

from __future__ import annotations

from django.urls import path

from leeward.families.permission import child_views

app_name = "ask"
urlpatterns = [
    path("", child_views.ask, name="ask"),
    path("send", child_views.send, name="send"),
    path("grown-ups/", child_views.grown_ups, name="grown_ups"),
    path("grown-ups/<uuid:uid>/unlink", child_views.unlink, name="unlink"),
    path("<uuid:uid>/", child_views.asked, name="asked"),
    path("<uuid:uid>/back", child_views.take_back, name="take_back"),
]
