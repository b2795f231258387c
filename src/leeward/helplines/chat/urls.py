"""The doors of the chat; its lines are in `lines_app.py`."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.chat import views

app_name = "chat"
urlpatterns = [
    path("chat/", views.chat, name="chat"),
    path("chat/leaving/", views.leaving, name="leaving"),
]
