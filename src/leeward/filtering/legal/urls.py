"""The doors of legal orders, for the operator."""

from __future__ import annotations

from django.urls import path

from leeward.filtering.legal import views

app_name = "legal"
urlpatterns = [
    path("", views.orders, name="orders"),
    path("enter/", views.enter, name="enter"),
    path("<uuid:uid>/", views.order, name="order"),
    path("<uuid:uid>/lift/", views.lift, name="lift"),
    path("<uuid:uid>/review/", views.review, name="review"),
    path("<uuid:uid>/undo/", views.undo, name="undo"),
]
