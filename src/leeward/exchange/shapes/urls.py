"""The doors of other members' shapes. Every address below the prefix asks for a key first."""

from __future__ import annotations

from django.urls import path, re_path

from leeward.exchange.shapes import api

app_name = "shapes"

urlpatterns = [
    path("stopncii/v1/FetchHashes", api.fetch_hashes, name="fetch_hashes"),
    path("stopncii/v1/SubmitHashes", api.submit_hashes, name="submit_hashes"),
    path("stopncii/v1/SubmitFeedback", api.submit_feedback, name="submit_feedback"),
    path("ncmec/v2/status", api.ncmec_status, name="ncmec_status"),
    path("ncmec/v2/members", api.ncmec_members, name="ncmec_members"),
    path("ncmec/v2/entries", api.ncmec_entries, name="ncmec_entries"),
    path("ncmec/v2/feedback/<str:print_type>/reasons", api.ncmec_reasons, name="ncmec_reasons"),
    path(
        "ncmec/v2/entries/<int:member>/<str:entry_id>/<str:print_type>/feedback",
        api.ncmec_feedback,
        name="ncmec_feedback",
    ),
    re_path("", api.nowhere),
]
