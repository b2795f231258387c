"""The doors of the OpenID provider; its configuration stands below `/.well-known/`."""

from __future__ import annotations

from django.urls import path

from leeward.age.openid import views

app_name = "openid"

urlpatterns = [
    path("authorize", views.authorize, name="authorize"),
    path("back", views.back, name="back"),
    path("token", views.token, name="token"),
]
