"""The door of evidence, for the operator."""

from __future__ import annotations

from django.urls import path

from leeward.age.effect import views

app_name = "age_effect"
urlpatterns = [path("", views.overview, name="overview")]
