from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from leeward.site import fresh

# With any of these somebody wants something else than a database of this version.
_ELSE = ("app_label", "plan", "check_unapplied", "fake", "fake_initial", "prune")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not any(options.get(name) for name in _ELSE):
            fresh.make(connections[options["database"]])
        super().handle(*args, **options)
