from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.core import config
from leeward.core.models import Organisation
from leeward.engines.policy import targets
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import carrying, csv_files, name_files, telling


class Command(BaseCommand):
    help = (
        "Write what a partner may see into files: numbered and signed into a folder that is carried there by hand, or what "
        "stands now as csv, urls (one address a line), hosts, rpz or ut1 (a folder for each category)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", required=True, metavar="SLUG", help="for whom: its share rules decide")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--folder", type=Path, help="where the next numbered files go")
        which.add_argument("--as", dest="shape", choices=["csv", *(target.value for target in name_files.Target)])
        parser.add_argument("--out", type=Path, help="the file, or for ut1 the folder; it is replaced as a whole")
        parser.add_argument("--zone", default="rpz.leeward.internal", help="the zone's own name, for rpz")

    def handle(self, *args: Any, **options: Any) -> None:
        partner = partner_of(options["partner"])
        try:
            if options["folder"] is not None:
                self._carry(partner, options["folder"])
            else:
                self._write(partner, options["shape"], out=options["out"], zone=options["zone"])
        except OSError as error:
            raise CommandError(f"the files cannot be written ({error.strerror}); choose another place") from None
        except targets.NotAZone as wrong:
            raise CommandError(f"--zone: {wrong}") from None

    def _carry(self, partner: Partner, folder: Path) -> None:
        sender = urlsplit(config.current().server.site_url).netloc
        written = carrying.give(partner, folder, sender=sender)
        for manifest in written:
            self.stdout.write(f"{manifest.number:06}.json: {len(manifest.digests):,} objects")
        if not written:
            self.stdout.write("Nothing is new since the last file.")

    def _write(self, partner: Partner, shape: str, *, out: Path | None, zone: str) -> None:
        if out is None:
            raise CommandError("say with --out where to write")
        signs = telling.in_force(partner)
        if shape == name_files.Target.UT1:
            rows = 0
            for category, files in name_files.folders(signs).items():
                for name, lines in files.items():
                    rows += _put(out / category / name, lines)
        elif shape == name_files.Target.RPZ:
            export = name_files.rpz(signs, zone=zone, at=timezone.now())
            rows = _put(out, export.rows)
            if export.left_out:
                self.stderr.write(f"{len(export.left_out)} names are too long below this zone; choose a shorter --zone")
        else:
            as_lines = {"csv": csv_files.written, "urls": name_files.addresses, "hosts": name_files.hosts}
            rows = _put(out, as_lines[shape](signs))
        self.stdout.write(f"{rows:,} rows in {out}")


def partner_of(slug: str) -> Partner:
    """Return the active partner with this short name; what it is told and tells is for it alone."""
    organisation = Organisation.objects.filter(slug=slug).first()
    partner = partners.active(organisation) if organisation is not None else None
    if partner is None:
        raise CommandError("--partner must be the short name of an active partner; see the page of partners")
    return partner


def _put(path: Path, lines: Iterable[str]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside, count = path.with_name(f".{path.name}.new"), 0
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        for count, line in enumerate(lines, 1):  # noqa: B007  # the last number is the count
            file.write(f"{line}\n")
    beside.replace(path)
    return count
