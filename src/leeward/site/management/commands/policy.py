from __future__ import annotations

from typing import Any

from leeward.core import roles
from leeward.filtering import follower
from leeward.site.management.commands._role import RoleCommand


class Command(RoleCommand):
    help = "Keep the compiled network policy at the state of the signs, and the tables of the families at that of the families."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.run(follower.run, parent=options["parent"])
