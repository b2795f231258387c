from __future__ import annotations

from typing import Any

from leeward.core import roles
from leeward.filtering.subscribers import radius_listener
from leeward.site.management.commands._role import RoleCommand


class Command(RoleCommand):
    help = "Take RADIUS accounting, which tells which of the provider's lines has which address."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.run(radius_listener.run, parent=options["parent"])
