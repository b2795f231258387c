from __future__ import annotations

from typing import Any

from leeward.core import roles, sequencer
from leeward.site.management.commands._role import RoleCommand


class Command(RoleCommand):
    help = "Give committed records their positions."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.run(sequencer.run, parent=options["parent"])
