"""The doors of permissions for guardians, below /family/permissions/."""

from __future__ import annotations

from django.urls import path

from leeward.families.permission import guardian_views

app_name = "permissions"
urlpatterns = [
    path("", guardian_views.permissions, name="all"),
    path("country", guardian_views.country, name="country"),
    path("age", guardian_views.show_age, name="show_age"),
    path("children/<uuid:uid>/link", guardian_views.state_link, name="link"),
    path("children/<uuid:uid>/birthday/", guardian_views.birthday, name="birthday"),
    path("children/<uuid:uid>/birthday/forget", guardian_views.birthday_forget, name="birthday_forget"),
    path("<uuid:uid>/", guardian_views.one, name="one"),
    path("<uuid:uid>/refuse", guardian_views.refuse, name="refuse"),
    path("<uuid:uid>/revoke", guardian_views.revoke, name="revoke"),
    path("<uuid:uid>/undo", guardian_views.undo, name="undo"),
]
