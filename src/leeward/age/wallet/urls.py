"""The doors of wallets."""

from __future__ import annotations

from django.urls import path

from leeward.age.wallet import views

app_name = "wallet"
urlpatterns = [
    path("answers/<uuid:uid>/<slug:where>", views.answers, name="answers"),
    path("brought/<uuid:uid>/", views.brought, name="brought"),
    path("back/<uuid:uid>/", views.back, name="back"),
    path("state/<uuid:uid>/", views.state, name="state"),
]
