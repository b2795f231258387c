"""Every door of the site."""

from __future__ import annotations

from django.urls import include, path

from leeward.cases import leg_answers, statement_views
from leeward.filtering import views as filtering
from leeward.site import key_views, language, leaving, operator_views, views
from leeward.site.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("h/", views.help_now, name="help"),
    path("exit/", leaving.leave, name="leave"),
    path("door", filtering.door, name="door"),
    path("language/", language.choose, name="language"),
    path("", include("leeward.reports.urls")),
    path("desk/reports/<uuid:uid>/", operator_views.case_of_report, name="case_of_report"),
    path("desk/", include("leeward.cases.urls")),
    path("legs/", leg_answers.answer, name="legs"),
    path("statement/", statement_views.statement, name="statement"),
    path("screening/", include("leeward.screening.urls")),
    path("lists/", include("leeward.filtering.list_urls")),
    path("family/", include("leeward.families.urls")),
    path("operator/", include("leeward.site.operator_urls")),
    path("account/", include("leeward.site.account_urls")),
    path("api/v1/", api.urls),
    path("taxii2/", include("leeward.exchange.urls")),
    path("hma/", include("leeward.screening.hma_urls")),
    path(".well-known/jwks.json", key_views.jwks, name="jwks"),
    path("health/live", views.alive, name="alive"),
    path("health/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.missing
handler500 = views.broken
