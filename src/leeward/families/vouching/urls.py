"""The doors where guardians say ages: the child's below /age/guardian/, where its browser's secret is sent, and the guardian's."""

from __future__ import annotations

from django.urls import path

from leeward.families.vouching import views

app_name = "vouching"
urlpatterns = [
    path("age/guardian/<uuid:uid>/", views.here, name="here"),
    path("age/guardian/<uuid:uid>/ask", views.ask, name="ask"),
    path("age/guardian/<uuid:uid>/state", views.state, name="state"),
    path("family/age/<uuid:uid>/", views.say, name="say"),
    path("family/age/<uuid:uid>/leave", views.leave_open, name="leave"),
    path("family/age/<uuid:uid>/take-back", views.take_back, name="take_back"),
]
