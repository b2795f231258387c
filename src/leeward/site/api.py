"""The JSON doors, with their OpenAPI document at /api/v1/openapi.json. A door without a word of its own wants a key."""

from __future__ import annotations

from ninja import NinjaAPI

from leeward.cases.api import router as cases
from leeward.core import machines, problems
from leeward.core.models import ApiKey
from leeward.reports.api import router as reports
from leeward.reports.half_api import router as halves
from leeward.screening.api import router as screening

api = NinjaAPI(
    title="Leeward",
    version="1",
    urls_namespace="api",
    auth=machines.Bearer(ApiKey.Scope.REPORT),
    docs_url=None,
    description="Refusals are problem documents (RFC 9457). Times are RFC 3339 in UTC.",
)
problems.install(api)
api.add_router("", reports)
api.add_router("", halves)
api.add_router("", cases)
api.add_router("", screening)
