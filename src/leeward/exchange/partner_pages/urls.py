"""The doors of the partners' pages."""

from __future__ import annotations

from django.urls import path

from leeward.exchange.partner_pages import views

app_name = "partners"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("invite", views.invite, name="invite"),
    path("<uuid:uid>/", views.partner, name="partner"),
    path("<uuid:uid>/change", views.change, name="change"),
    *(path(f"<uuid:uid>/{name}", views.step, {"name": name}, name=name) for name in views.STEPS),
    path("<uuid:uid>/trust", views.trust, name="trust"),
    path("<uuid:uid>/keys", views.pin, name="pin"),
    path("<uuid:uid>/keys/<int:key>/withdraw", views.withdraw, name="withdraw"),
    path("<uuid:uid>/door-key", views.door_key, name="door_key"),
]
