"""The doors of the desk."""

from __future__ import annotations

from django.urls import path

from leeward.cases import dialogue_views, views

app_name = "cases"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("next", views.take_next, name="next"),
    path("cases/<uuid:uid>/", views.case, name="case"),
    path("cases/<uuid:uid>/judge", views.judge, name="judge"),
    path("cases/<uuid:uid>/take", dialogue_views.take, name="take"),
    path("cases/<uuid:uid>/reports/<uuid:report_uid>/ask", dialogue_views.ask, name="ask"),
    path("cases/<uuid:uid>/reports/<uuid:report_uid>/read", dialogue_views.read, name="read"),
    path("cases/<uuid:uid>/reports/<uuid:report_uid>/misuse", dialogue_views.misuse, name="misuse"),
    path("decisions/<uuid:uid>/agree", views.agree, name="agree"),
    path("decisions/<uuid:uid>/decline", views.decline, name="decline"),
    path("decisions/<uuid:uid>/reverse", views.reverse, name="reverse"),
]
