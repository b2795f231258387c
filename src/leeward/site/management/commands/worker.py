from __future__ import annotations

from typing import Any

from leeward.core import config, roles, worker
from leeward.site.management.commands._role import RoleCommand


class Command(RoleCommand):
    help = "Do what is owed, or hand it to Celery where LEEWARD_CARRIER is celery."

    def handle(self, *args: Any, **options: Any) -> None:
        if config.current().jobs.carrier == "celery":
            from leeward.core import carrier  # only installed with the `scale` extra

            roles.run(carrier.run, parent=options["parent"])
        else:
            roles.run(worker.run, parent=options["parent"])
