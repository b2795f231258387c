from __future__ import annotations

from typing import Any

from leeward.core import roles
from leeward.exchange.following import services as following
from leeward.site.management.commands._role import RoleCommand


class Command(RoleCommand):
    help = "Take what partners tell: when their bell rings, and every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.run(following.run, parent=options["parent"])
