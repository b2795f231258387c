"""Every door of the site."""

from __future__ import annotations

from django.urls import include, path

from leeward.age import key_views as age_keys
from leeward.age.openid import views as openid
from leeward.cases import leg_answers, statement_views
from leeward.exchange.overview import views as exchange_views
from leeward.exchange.receipts import views as receipt_views
from leeward.filtering.counts import views as summary_views
from leeward.filtering.door import ask_views as door_asks
from leeward.filtering.door import views as filtering
from leeward.filtering.door import why_views
from leeward.filtering.extension import views as extension
from leeward.filtering.legal import public_views as legal_public
from leeward.filtering.subscribers import line_views
from leeward.limits import child_views
from leeward.limits import views as limits
from leeward.site import accounts, key_views, language, leaving, operator_views, views
from leeward.site.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("h/", include("leeward.helplines.directory.urls")),
    path("h/", include("leeward.helplines.mailbox.urls")),
    path("h/", include("leeward.helplines.chat.urls")),
    path("helpline/directory/", include("leeward.helplines.directory.staff_urls")),
    path("helpline/keys/", include("leeward.helplines.custody.urls")),
    path("helpline/figures/", include("leeward.helplines.figures.urls")),
    path("helpline/", include("leeward.helplines.desk.urls")),
    path("exit/", leaving.leave, name="leave"),
    path("door", filtering.door, name="door"),
    path("door/ask", door_asks.ask, name="door_ask"),
    path("door/asked/<uuid:uid>/", door_asks.asked, name="door_asked"),
    path("door/asked/<uuid:uid>/back", door_asks.take_back, name="door_take_back"),
    path("door/mine", child_views.mine, name="door_mine"),
    path("language/", language.choose, name="language"),
    path("", include("leeward.reports.urls")),
    path("desk/reports/<uuid:uid>/", operator_views.case_of_report, name="case_of_report"),
    path("desk/", include("leeward.cases.urls")),
    path("legs/", leg_answers.answer, name="legs"),
    path("statement/", statement_views.statement, name="statement"),
    path("screening/", include("leeward.screening.urls")),
    path("lists/", include("leeward.filtering.lists.urls")),
    path("lines/", include("leeward.filtering.subscribers.urls")),
    path("legal/", include("leeward.filtering.legal.urls")),
    path("closed/", legal_public.closed, name="closed"),
    path("closed/orders.json", legal_public.orders_json, name="closed_orders"),
    path("closed/object/", legal_public.object_to, name="object"),
    path("family/", limits.family, name="family"),
    path("family/limits/<uuid:uid>/why/", why_views.try_name, name="why"),
    path("family/limits/", include("leeward.limits.urls")),
    path("family/summary/", summary_views.summary, name="summary"),
    path("family/summary/<uuid:uid>/", summary_views.of_one, name="summary_of"),
    path("family/summary/<uuid:uid>/names/show", summary_views.show_names, name="summary_show_names"),
    path("family/summary/<uuid:uid>/names/hide", summary_views.hide_names, name="summary_hide_names"),
    path("family/extension/", extension.extension, name="extension"),
    path("family/extension/leeward.zip", extension.package, name="extension_package"),
    path("family/line/", line_views.line, name="line"),
    path("family/line/link", line_views.link, name="line_link"),
    path("family/line/<uuid:uid>/unlink", line_views.unlink, name="line_unlink"),
    path("family/permissions/", include("leeward.families.permission.urls")),
    path("", include("leeward.families.vouching.urls")),
    path("family/", include("leeward.families.urls")),
    path("ask/areas/", include("leeward.families.areas.child_urls")),
    path("ask/", include("leeward.families.permission.child_urls")),
    path("age/rules/", include("leeward.age.rules.urls")),
    path("age/links/", include("leeward.families.permission.link_urls")),
    path("age/areas/", include("leeward.families.areas.urls")),
    path("age/effect/", include("leeward.age.effect.urls")),
    path("operator/", include("leeward.site.operator_urls")),
    path("account/", include("leeward.site.account_urls")),
    path("api/v1/", api.urls),
    path("exchange/partners/", include("leeward.exchange.partner_pages.urls")),
    path("exchange/", exchange_views.overview, name="exchange_overview"),
    path("exchange/review/", include("leeward.exchange.review.urls")),
    path("exchange/sharing/", include("leeward.exchange.sharing.urls")),
    path("taxii2/", include("leeward.exchange.urls")),
    path("exchange/withdrawals/", receipt_views.withdrawals, name="withdrawals"),
    path("shapes/", include("leeward.exchange.shapes.urls")),
    path("hma/", include("leeward.screening.hma_urls")),
    path(".well-known/jwks.json", key_views.jwks, name="jwks"),
    path(".well-known/age-jwks.json", age_keys.jwks, name="age_jwks"),
    path(".well-known/openid-configuration", openid.configuration, name="openid_configuration"),
    path("age/openid/", include("leeward.age.openid.urls")),
    path("age/wallet/", include("leeward.age.wallet.urls")),
    path("age/operator/issuers/", include("leeward.age.issuers.urls")),
    path("age/upstream/", include("leeward.age.upstream.urls")),
    path("age/calls/", include("leeward.age.calls.urls")),
    path("age/", include("leeward.age.urls")),
    path("health/live", views.alive, name="alive"),
    path("health/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.missing
handler429 = accounts.too_many  # Asked by allauth, whose own page speaks English only.
handler500 = views.broken
