"""The doors of rules, for the operator."""

from __future__ import annotations

from django.urls import path

from leeward.age.rules import views

app_name = "age_rules"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("suggest", views.suggest, name="suggest"),
    path("<uuid:uid>/confirm", views.confirm, name="confirm"),
    path("<uuid:uid>/withdraw", views.withdraw, name="withdraw"),
]
