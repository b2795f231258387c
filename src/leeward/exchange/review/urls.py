"""The doors of what waits for a person."""

from __future__ import annotations

from django.urls import path

from leeward.exchange.review import views

app_name = "exchange_review"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("<uuid:uid>/", views.one, name="one"),
    path("<uuid:uid>/show", views.show, name="show"),
    path("<uuid:uid>/accept", views.accept, name="accept"),
    path("<uuid:uid>/refuse", views.refuse, name="refuse"),
    path("<uuid:uid>/distrust", views.distrust, name="distrust"),
    path("<uuid:uid>/undo", views.undo, name="undo"),
    path("<uuid:uid>/seen", views.seen, name="seen"),
]
