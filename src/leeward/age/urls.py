"""The doors of age assurance."""

from __future__ import annotations

from django.urls import include, path

from leeward.age import (
    blind_views,
    gate_views,
    key_views,
    link_views,
    openid_operator_views,
    operator_views,
    views,
    way_views,
)

app_name = "age"

urlpatterns = [
    path("", views.choose, name="choose"),
    path("begin", views.begin, name="begin"),
    path("attempt/<uuid:uid>/", views.attempt, name="attempt"),
    path("attempt/<uuid:uid>/go", views.go, name="go"),
    path("blind/", include("leeward.age.blind.urls")),
    path("blind/<uuid:uid>/", blind_views.take, name="blind_take"),
    path("blind/<uuid:uid>/sign", blind_views.sign, name="blind_sign"),
    path("link.js", link_views.script, name="link_script"),
    path("how/", key_views.how, name="how"),
    path("gate", gate_views.check, name="gate"),
    path("gate/enter", gate_views.enter, name="gate_enter"),
    path("gate/state", gate_views.state, name="gate_state"),
    path("gate/start", gate_views.start, name="gate_start"),
    path("gate/back", gate_views.back, name="gate_back"),
    path("gate/more", gate_views.more, name="gate_more"),
    path("revoked.json", key_views.revoked, name="revoked"),
    path("operator/", operator_views.overview, name="operator"),
    path("operator/sites/add", operator_views.add_site, name="site_add"),
    path("operator/sites/<uuid:uid>/require", operator_views.require, name="require"),
    path("operator/requirements/<uuid:uid>/", operator_views.requirement, name="requirement"),
    path("operator/requirements/<uuid:uid>/close", operator_views.close, name="close"),
    path("operator/openid/", openid_operator_views.clients, name="openid_clients"),
    path("operator/openid/<uuid:uid>/close", openid_operator_views.close, name="openid_close"),
    path("operator/records/", operator_views.records, name="records"),
    path("operator/ways/", way_views.overview, name="ways"),
    path("operator/ways/<slug:method>/close", way_views.close, name="way_close"),
    path("operator/ways/<slug:method>/open", way_views.open_again, name="way_open"),
]
