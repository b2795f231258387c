"""The doors of video calls, below /age/calls/."""

from __future__ import annotations

from django.urls import path

from leeward.age.calls import views

app_name = "age_calls"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("address", views.set_address, name="set_address"),
    path("take", views.take_calls, name="take"),
    path("attempts/<uuid:uid>/book", views.book, name="book"),
    path("attempts/<uuid:uid>/state", views.state, name="state"),
    path("<uuid:uid>/", views.one, name="one"),
]
