"""Pages for the operator."""

from __future__ import annotations

from django.urls import path

from leeward.site import operator_views as views

app_name = "operator"
urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("health/", views.health, name="health"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:uid>/again", views.again, name="again"),
]
