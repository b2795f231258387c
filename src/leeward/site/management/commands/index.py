from __future__ import annotations

from typing import Any

from leeward.core import roles
from leeward.screening import keeper
from leeward.site.management.commands._role import RoleCommand


class Command(RoleCommand):
    help = "Keep the shared file of signs, which uploads are compared with, near the end of the change log."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.run(keeper.run, parent=options["parent"])
