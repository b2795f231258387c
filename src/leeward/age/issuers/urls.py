"""The doors of issuers, for the operator."""

from __future__ import annotations

from django.urls import path

from leeward.age.issuers import views

app_name = "issuers"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("add", views.add, name="add"),
    path("lists/follow", views.follow, name="follow"),
    path("lists/<uuid:uid>/unfollow", views.unfollow, name="unfollow"),
    path("<uuid:uid>/trust", views.trust, name="trust"),
    path("<uuid:uid>/withdraw", views.withdraw, name="withdraw"),
]
