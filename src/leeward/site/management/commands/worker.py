from __future__ import annotations

import os
from typing import Any

from leeward.core import config, roles, worker
from leeward.site.management.commands._role import RoleCommand

# On a machine that is busy whoever waits at a page goes first; on one that is not, this changes nothing.
NICER = 10


class Command(RoleCommand):
    help = "Do what is owed, or hand it to Celery where LEEWARD_CARRIER is celery."

    def handle(self, *args: Any, **options: Any) -> None:
        if config.current().jobs.carrier == "celery":
            from leeward.core import carrier  # only installed with the `scale` extra

            roles.run(carrier.run, parent=options["parent"])
        else:
            # Before there are threads, which take it over.
            os.nice(NICER)
            roles.run(worker.run, parent=options["parent"])
