"""The doors of the partners' pages."""

from __future__ import annotations

from django.urls import path

from leeward.exchange import partner_views

app_name = "partners"
urlpatterns = [
    path("", partner_views.overview, name="overview"),
    path("invite", partner_views.invite, name="invite"),
    path("<uuid:uid>/", partner_views.partner, name="partner"),
    path("<uuid:uid>/change", partner_views.change, name="change"),
    path("<uuid:uid>/accept", partner_views.accept, name="accept"),
    path("<uuid:uid>/suspend", partner_views.suspend, name="suspend"),
    path("<uuid:uid>/resume", partner_views.resume, name="resume"),
    path("<uuid:uid>/end", partner_views.end, name="end"),
    path("<uuid:uid>/trust", partner_views.trust, name="trust"),
    path("<uuid:uid>/keys", partner_views.pin, name="pin"),
    path("<uuid:uid>/keys/<int:key>/withdraw", partner_views.withdraw, name="withdraw"),
    path("<uuid:uid>/door-key", partner_views.door_key, name="door_key"),
]
