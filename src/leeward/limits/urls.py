"""The doors of limits, below /family/limits/. The family page itself has its address in `site.urls`."""

from __future__ import annotations

from django.urls import path

from leeward.limits import ask_views, kept_views, name_views, now_views, start_views, time_views

app_name = "limits"

urlpatterns = [
    path("<uuid:uid>/", now_views.page, name="page"),
    path("<uuid:uid>/pause", now_views.pause, name="pause"),
    path("<uuid:uid>/resume", now_views.resume, name="resume"),
    path("<uuid:uid>/hour-more", now_views.hour_more, name="hour_more"),
    path("<uuid:uid>/reward", now_views.reward, name="reward"),
    path("<uuid:uid>/no-more", now_views.no_more, name="no_more"),
    path("<uuid:uid>/undo", now_views.undo, name="undo"),
    path("<uuid:uid>/asks/<uuid:ask_uid>/allow", ask_views.allow, name="allow"),
    path("<uuid:uid>/asks/<uuid:ask_uid>/refuse", ask_views.refuse, name="refuse"),
    path("<uuid:uid>/times/", time_views.times, name="times"),
    path("<uuid:uid>/times/suggested", time_views.take_suggested, name="take_suggested"),
    path("<uuid:uid>/times/<slug:purpose>/add", time_views.add_window, name="add_window"),
    path("<uuid:uid>/times/<slug:purpose>/drop", time_views.drop_window, name="drop_window"),
    path("<uuid:uid>/days-off/add", time_views.add_days_off, name="add_days_off"),
    path("<uuid:uid>/days-off/<int:number>/drop", time_views.drop_days_off, name="drop_days_off"),
    path("<uuid:uid>/zone", time_views.set_zone, name="set_zone"),
    path("<uuid:uid>/kept/", kept_views.kept, name="kept"),
    path("<uuid:uid>/kept/set", kept_views.set_kept, name="set_kept"),
    path("<uuid:uid>/kept/homework", kept_views.set_homework_kept, name="set_homework_kept"),
    path("<uuid:uid>/kept/safe", kept_views.set_safe, name="set_safe"),
    path("<uuid:uid>/apps/", kept_views.apps, name="apps"),
    path("<uuid:uid>/apps/set", kept_views.set_apps, name="set_apps"),
    path("<uuid:uid>/apps/homework", kept_views.set_homework_apps, name="set_homework_apps"),
    path("<uuid:uid>/names/", name_views.names, name="names"),
    path("<uuid:uid>/names/add", name_views.add, name="add_name"),
    path("<uuid:uid>/names/<uuid:own_uid>/drop", name_views.drop, name="drop_name"),
    path("<uuid:uid>/start/", start_views.start, name="start"),
    path("<uuid:uid>/start/preset", start_views.take_preset, name="take_preset"),
    path("<uuid:uid>/start/copy", start_views.copy, name="copy"),
]
