"""What the commands that run a role have in common."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser


class RoleCommand(BaseCommand):
    """A command that runs until it is stopped."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--parent", type=int, default=None, help="stop when this process is gone")
