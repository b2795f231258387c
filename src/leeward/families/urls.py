"""The doors of families."""

from __future__ import annotations

from django.urls import path

from leeward.families import device_views, guardian_views, setup_views, views

app_name = "families"

urlpatterns = [
    path("begin", views.begin, name="begin"),
    path("undo", views.undo_step, name="undo"),
    path("children/add", views.child_add, name="child_add"),
    path("children/<uuid:uid>/", views.child_change, name="child"),
    path("children/<uuid:uid>/remove", views.child_remove, name="child_remove"),
    path("devices/add", device_views.add, name="device_add"),
    path("devices/<uuid:uid>/", device_views.device, name="device"),
    path("devices/<uuid:uid>/change", device_views.change, name="device_change"),
    path("devices/<uuid:uid>/address", device_views.renew, name="device_renew"),
    path("devices/<uuid:uid>/remove", device_views.remove, name="device_remove"),
    path("invite", guardian_views.invite, name="invite"),
    path("invitations/<uuid:uid>/withdraw", guardian_views.withdraw, name="withdraw"),
    path("join/", guardian_views.join, name="join"),
    path("leave/", guardian_views.leave, name="leave"),
    path("devices/<uuid:uid>/setup/", setup_views.of_guardian, name="setup"),
    path("devices/<uuid:uid>/setup/leeward.mobileconfig", setup_views.profile_of_guardian, name="setup_profile"),
    path("device/", setup_views.on_device, name="device_setup"),
    path("device/leeward.mobileconfig", setup_views.profile_on_device, name="device_profile"),
    path("device/<str:token>/", device_views.join, name="device_join"),
]
