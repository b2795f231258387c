"""The doors of the keys page."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.custody import views

app_name = "custody"
urlpatterns = [
    path("", views.overview, name="keys"),
    path("mine.json", views.mine, name="mine"),
    path("own", views.own, name="own"),
    path("<uuid:uid>/begin", views.begin, name="begin"),
    path("<int:pk>/give", views.give, name="give"),
    path("<int:pk>/take", views.take_away, name="take_away"),
    path("<int:pk>/lend", views.lend, name="lend"),
    path("<int:pk>/back", views.bring_back, name="bring_back"),
]
