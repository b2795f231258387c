from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.cases import routing, rule_drafts


class Command(BaseCommand):
    help = (
        "Routing rules: without a word, list what is shipped, what waits as a draft and what is in force; `install NAME` makes a "
        "draft of a shipped set with its bodies and queues. A senior reviewer tries it dry and puts it in force on /desk/rules/."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=["list", "install"], default="list")
        parser.add_argument("name", nargs="?", default="", help="Name of a shipped rule set, such as mongolia.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "install":
            self._install(options["name"])
            return
        self.stdout.write(f"shipped: {', '.join(routing.shipped())}")
        self.stdout.write(f"drafts: {', '.join(rule_drafts.drafts()) or 'none'}")
        live = routing.live_rows()
        self.stdout.write(f"in force: {live[0].rule_set}, {len(live)} rules" if live else "in force: none")

    def _install(self, name: str) -> None:
        try:
            routing.install(name, by=None, at=timezone.now())
        except routing.NoSuchRules:
            raise CommandError(f'there are no rules "{name}"; choose one of {", ".join(routing.shipped())}') from None
        self.stdout.write(
            f"{name} is a draft now. A senior reviewer tries it dry and puts it in force on /desk/rules/{name}/"
        )
