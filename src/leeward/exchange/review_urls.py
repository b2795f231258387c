"""The doors of the exchange as an officer sees it."""

from __future__ import annotations

from django.urls import path

from leeward.exchange import review_views

app_name = "exchange_review"
urlpatterns = [
    path("", review_views.overview, name="overview"),
    path("review/", review_views.queue, name="queue"),
    path("review/<uuid:uid>/", review_views.one, name="one"),
    path("review/<uuid:uid>/show", review_views.show, name="show"),
    path("review/<uuid:uid>/accept", review_views.accept, name="accept"),
    path("review/<uuid:uid>/refuse", review_views.refuse, name="refuse"),
    path("review/<uuid:uid>/distrust", review_views.distrust, name="distrust"),
    path("review/<uuid:uid>/undo", review_views.undo, name="undo"),
    path("review/<uuid:uid>/seen", review_views.seen, name="seen"),
]
