"""The doors of links, for the operator, below /age/links/."""

from __future__ import annotations

from django.urls import path

from leeward.families.permission import link_views

app_name = "links"
urlpatterns = [
    path("", link_views.queue, name="queue"),
    path("<uuid:uid>/lift", link_views.lift, name="lift"),
    path("<uuid:uid>/end", link_views.end, name="end"),
    path("<uuid:uid>/hold", link_views.hold, name="hold"),
    path("<uuid:uid>/evidence", link_views.evidence, name="evidence"),
]
