from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.helplines.directory import files, services
from leeward.helplines.directory.drafts import Facts


class Command(BaseCommand):
    help = "Import services of help from CSV files as drafts: `leeward helpline_import helplines.csv hotlines.csv`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        read = [(path, self._read(path)) for path in options["files"]]
        for path, drafts in read:
            done = services.import_drafts(drafts, by=None, at=timezone.now())
            self.stdout.write(f"{path.name}: {done.new_count} new drafts, {done.same_count} known already")
            for one in done.differing:
                self.stdout.write(f"  says something else than the row that is here: {one}")
        self.stdout.write("Children see none of them before a person has checked it: /helpline/directory/")

    def _read(self, path: Path) -> list[Facts]:
        try:
            return files.read(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path.name} cannot be read: {error.strerror}") from error
        except files.NotAList as wrong:
            raise CommandError(f"{path.name}: {wrong}") from wrong
