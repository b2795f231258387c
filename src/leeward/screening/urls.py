"""The doors of screening for people."""

from __future__ import annotations

from django.urls import path

from leeward.screening import operator_views, rule_views, views

app_name = "screening"
urlpatterns = [
    path("", views.matches, name="matches"),
    path("holds/", views.held, name="holds"),
    path("holds/<uuid:uid>/release", views.release, name="release"),
    path("holds/<uuid:uid>/refuse", views.refuse, name="refuse"),
    path("plots/", views.drawn, name="plots"),
    path("models/", views.models, name="models"),
    path("models/<str:name>/", views.model, name="model"),
    path("index/", operator_views.index_state, name="index"),
    path("try/", operator_views.try_picture, name="try"),
    path("rules/", rule_views.overview, name="rules"),
    path("rules/add", rule_views.add, name="rule_add"),
    path("rules/step", rule_views.step, name="rule_step"),
    path("rules/defaults", rule_views.defaults, name="rule_defaults"),
    path("rules/discard", rule_views.discard, name="rule_discard"),
    path("rules/apply", rule_views.put_in_force, name="rule_apply"),
    path("rules/<str:place>/change", rule_views.change, name="rule_change"),
]
