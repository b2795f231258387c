"""The doors of the mailbox."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.mailbox import views

app_name = "mailbox"
urlpatterns = [
    path("write/", views.write, name="write"),
    path("answers/", views.answers, name="answers"),
    path("safety/", views.safety, name="safety"),
]
