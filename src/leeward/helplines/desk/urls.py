"""The doors of the counsellors' page."""

from __future__ import annotations

from django.urls import path

from leeward.helplines.desk import give_views, note_views, reply_views, views
from leeward.helplines.shifts import views as shift_views

app_name = "helpline"
urlpatterns = [
    path("", views.overview, name="queue"),
    path("here", views.here, name="here"),
    path("talk/<uuid:uid>/", views.talk, name="talk"),
    path("talk/<uuid:uid>/take", views.take, name="take"),
    path("talk/<uuid:uid>/flag", views.flag, name="flag"),
    path("talk/<uuid:uid>/join", views.join, name="join"),
    path("talk/<uuid:uid>/hand-over", views.hand_over, name="hand_over"),
    path("talk/<uuid:uid>/end", views.end, name="end"),
    path("talk/<uuid:uid>/notes", note_views.notes, name="notes"),
    path("talk/<uuid:uid>/notes/add", note_views.add, name="add_note"),
    path("talk/<uuid:uid>/draft", note_views.draft, name="draft"),
    path("talk/<uuid:uid>/give", give_views.give, name="give"),
    path("replies/<uuid:uid>/", reply_views.overview, name="replies"),
    path("replies/<uuid:uid>/<int:pk>/away", reply_views.take_away, name="reply_away"),
    path("shifts/<uuid:uid>/", shift_views.overview, name="shifts"),
    path("shifts/<uuid:uid>/plan", shift_views.plan, name="plan"),
    path("shifts/<uuid:uid>/<int:pk>/off", shift_views.unplan, name="unplan"),
    path("shifts/<uuid:uid>/day", shift_views.special_day, name="special_day"),
    path("shifts/<uuid:uid>/day/<int:pk>/off", shift_views.no_special_day, name="no_special_day"),
    path("shifts/<uuid:uid>/seat", shift_views.give_seat, name="give_seat"),
    path("shifts/<uuid:uid>/seat/<int:pk>/off", shift_views.no_seat, name="no_seat"),
]
