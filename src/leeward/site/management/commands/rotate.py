from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leeward.core import blobs, sealed_text, webhooks


class Command(BaseCommand):
    help = (
        "Seal every data key, webhook secret and text under the newest master key. The sealed files stay as they are."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        texts = sealed_text.rotate()
        self.stdout.write(
            f"{blobs.rotate()} data keys, {webhooks.rotate()} webhook secrets and {texts} texts sealed anew."
        )
