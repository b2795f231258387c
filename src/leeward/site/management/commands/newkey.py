from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leeward.core import keys


class Command(BaseCommand):
    help = "Print a new entry for LEEWARD_MASTER_KEYS; put it first and keep the older ones behind it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="a word that no other entry has, such as 2")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(keys.new_entry(options["version"]))
