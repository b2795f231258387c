from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.filtering.subscribers import importing as subscriber_import

_TELL_S = 5.0


class Command(BaseCommand):
    help = (
        "The provider's lines: `import FILE.csv` takes a table with the columns reference, address, ports, device and ends. "
        "Wrong lines are named and left out, all others are in; the same table again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["import"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read and count, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = self._told_at = time.monotonic()
        try:
            with options["file"].open("rb") as file:
                found = subscriber_import.take(
                    file.read, is_dry=options["dry_run"], clock=timezone.now, tell=self._tell
                )
        except OSError as error:
            raise CommandError(f"the file cannot be read ({error.strerror}); correct its name") from None
        except subscriber_import.NotATable as wrong:
            raise CommandError(str(wrong)) from None
        for fault in found.faults:
            self.stderr.write(f"line {fault.line}, column {fault.column}: {fault.what}")
        would = "would change" if options["dry_run"] else "changed"
        taken_s = time.monotonic() - begun
        self.stdout.write(f"{found.rows:,} rows in {taken_s:.0f} s; {found.changed:,} {would} something")
        if options["dry_run"]:
            good = found.rows - found.fault_count
            self.stdout.write(f"Nothing was stored (dry run): {good:,} lines are good, {found.fault_count:,} are wrong")
        if found.fault_count:
            raise CommandError(_what_to_do(found, is_dry=options["dry_run"]))

    def _tell(self, rows: int) -> None:
        if time.monotonic() - self._told_at >= _TELL_S:
            self._told_at = time.monotonic()
            self.stderr.write(f"{rows:,} rows")


def _what_to_do(found: subscriber_import.Found, *, is_dry: bool) -> str:
    more = found.fault_count - len(found.faults)
    wrong = f"wrong lines: {found.fault_count:,}" + (f" ({more:,} of them not shown)" if more else "")
    if is_dry:
        return f"{wrong}; correct them, or import without --dry-run to take in the good ones alone"
    return (
        f"{wrong}; the good ones are in. Correct the wrong ones and import the table again: what is in stays as it is"
    )
