from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.engines.policy import family, targets
from leeward.filtering import policy_export
from leeward.filtering.policy_export import Target


class Command(BaseCommand):
    help = (
        "Write what is closed for everybody for another product: rpz (BIND, Unbound, PowerDNS, Knot), dnsmasq, hosts or adguard. "
        "What families set for themselves is not in it: that needs our resolver or dnsdist."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", choices=[target.value for target in Target])
        parser.add_argument("--out", type=Path, required=True, help="the file; it is replaced as a whole")
        parser.add_argument(
            "--marks", nargs="+", default=[], metavar="SUBJECT", help="subjects of lists to close for everybody too"
        )
        parser.add_argument("--zone", default="rpz.leeward.internal", help="the zone's own name, for rpz")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = policy_export.names(policy_export.marks_of(options["marks"]))
            zone = targets.Zone(options["zone"], int(timezone.now().timestamp()))
        except family.UnknownSlug as unknown:
            known = ", ".join(entry.slug for entry in family.catalogue().entries)
            raise CommandError(f"--marks: {unknown}; choose of {known}") from None
        except targets.NotAZone as wrong:
            raise CommandError(f"--zone: {wrong}") from None
        export = policy_export.rows(Target(options["target"]), wanted, zone=zone)
        try:
            count = _write(options["out"], export)
        except OSError as error:
            raise CommandError(f"--out: the file cannot be written ({error.strerror}); choose another one") from None
        if export.left_out:
            self.stderr.write(f"{len(export.left_out)} names are too long below this zone; choose a shorter --zone")
        self.stdout.write(f"{count:,} rows in {options['out']}")


def _write(path: Path, export: policy_export.Export) -> int:
    beside, count = path.with_name(f".{path.name}.new"), 0
    with beside.open("w", encoding="ascii") as file:
        for count, row in enumerate(export.rows, 1):  # noqa: B007  # the last number is the count
            file.write(f"{row}\n")
    beside.replace(path)
    return count
