from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leeward.site import loop


class Command(BaseCommand):
    help = "Print what follows from what."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(loop.sentences()))
