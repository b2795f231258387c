from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.age.rules import services, suggestions


class Command(BaseCommand):
    help = "Take a table of laws (CSV) in as suggestions. None applies before an operator confirms it at /age/rules/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A CSV file, such as consent_ages.csv.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = options["file"].read_text(encoding="utf-8")
            count = services.suggest(text, actor="system", at=timezone.now())
        except OSError as wrong:
            raise CommandError(f"{options['file']} cannot be read ({wrong.strerror}); check the name") from None
        except UnicodeDecodeError:
            raise CommandError(f"{options['file']} is not UTF-8; save the table as CSV UTF-8") from None
        except suggestions.BrokenTable as wrong:
            raise CommandError(str(wrong)) from None
        self.stdout.write(f"new suggestions: {count}; confirm them at /age/rules/")
