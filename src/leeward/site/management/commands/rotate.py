from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leeward.core import blobs, webhooks


class Command(BaseCommand):
    help = "Wrap every data key and webhook secret under the newest master key. The sealed bytes stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{blobs.rotate()} data keys and {webhooks.rotate()} webhook secrets wrapped anew.")
