"""The JSON doors, with their OpenAPI document at /api/v1/openapi.json. A door without a word of its own wants a key."""

from __future__ import annotations

from ninja import NinjaAPI

from leeward.age.blind.api import router as blind_tokens
from leeward.cases.actions_api import router as orders
from leeward.cases.api import router as cases
from leeward.cases.desk_api import router as desk
from leeward.cases.desk_care_api import router as care
from leeward.cases.desk_legs_api import router as legs
from leeward.cases.desk_rules_api import router as rules
from leeward.cases.desk_wall_api import router as wall
from leeward.core import machines, problems
from leeward.core.models import ApiKey
from leeward.filtering.door.api import router as door
from leeward.filtering.subscribers.accounting_api import router as accounting
from leeward.filtering.subscribers.api import router as subscribers
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
api.add_router("", orders)
api.add_router("/desk", desk)
api.add_router("/desk", care)
api.add_router("/desk", legs)
api.add_router("/desk", rules)
api.add_router("/desk", wall)
api.add_router("", screening)
api.add_router("", accounting)
api.add_router("", subscribers)
api.add_router("", door)
api.add_router("", blind_tokens)
