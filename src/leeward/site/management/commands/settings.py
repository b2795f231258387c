from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leeward.site.reference import settings_page


class Command(BaseCommand):
    help = "Print every setting with its unit, default and help, as docs/operator/settings.md holds them."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(settings_page(), ending="")
