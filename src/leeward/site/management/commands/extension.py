from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leeward.core import config
from leeward.filtering.extension import building


class Command(BaseCommand):
    help = (
        "The browser extension that shows why a page is closed: `build` packs it as a zip file for one provider's site."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["build"])
        parser.add_argument("--site", help="Address of the site that it asks; without it, LEEWARD_SITE_URL.")
        parser.add_argument(
            "--out",
            type=Path,
            default=Path("leeward-extension.zip"),
            help="The file to write; without it, leeward-extension.zip in the current folder.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            packed = building.build(options["site"] or config.current().server.site_url)
        except building.WrongSite as wrong:
            raise CommandError(f"--site: {wrong}") from None
        out: Path = options["out"]
        try:
            out.write_bytes(packed)
        except OSError as error:
            raise CommandError(
                f"--out: {out.resolve()} cannot be written ({error.strerror}); give another file"
            ) from None
        self.stdout.write(f"Written: {out.resolve()} ({len(packed)} bytes)")
