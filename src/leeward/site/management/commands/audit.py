from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leeward.age.blind import register
from leeward.core import chain
from leeward.core.models import Chain, Record


class Command(BaseCommand):
    help = (
        "Walk the record chain: `leeward audit verify` names every record that was changed, removed or moved, and every key of "
        "blind tokens of which its register says something else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["verify", "head"])

    def handle(self, *args: Any, **options: Any) -> None:
        head = Chain.objects.first()
        if options["what"] == "head":
            self.stdout.write(f"{head.position} {bytes(head.chain).hex()}" if head else "0")
            return
        records = Record.objects.exclude(position=None).order_by("position").iterator(2000)
        found = [*(flaw.words for flaw in chain.flaws(records, head=head)), *register.flaws()]
        for words in found:
            self.stdout.write(words)
        if found:
            raise CommandError(f"{len(found)} flaws; keep a copy of the database as it is and look at the backups")
        self.stdout.write(f"The chain is whole up to position {head.position if head else 0}.")
