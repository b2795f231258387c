"""The doors of blind tokens that ask nothing of an attempt."""

from __future__ import annotations

from django.urls import path

from leeward.age.blind import views

app_name = "blind"

urlpatterns = [
    path("", views.show, name="show"),
    path("keys.json", views.keys, name="keys"),
    path("keys/log", views.log, name="log"),
]
