from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from leeward.core.models import Organisation
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import carrying, fetching, importing
from leeward.exchange.shapes.folder import Changed, Gap
from leeward.exchange.shapes.importing import Shape
from leeward.exchange.shapes.taking import Taken
from leeward.exchange.shapes.values import Unreadable
from leeward.indicators.models import Category
from leeward.site.management.commands.exchange_export import partner_of

FOLDER = "folder"  # The partner whose word files without a partner are.
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Take signs from a file, from a folder that was carried here, or from a feed of the StopNCII or NCMEC shape. They wait "
        "for a person at the desk, unless the partner is trusted for their category. The same again has no effect."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--file", type=Path, help="a file of signs; say with --as what it is")
        which.add_argument("--folder", type=Path, help="the numbered files of a partner, in order, each once")
        which.add_argument("--stopncii", metavar="URL", help="the base address of a feed, such as https://host/v1")
        which.add_argument("--ncmec", metavar="URL", help="the base address of a feed, without /v2")
        parser.add_argument("--as", dest="shape", choices=[shape.value for shape in Shape], default=Shape.CSV.value)
        parser.add_argument(
            "--partner", metavar="SLUG", default=FOLDER, help="whose word it is; for files, one named «folder» is made"
        )
        parser.add_argument(
            "--category", choices=Category.values, default=Category.OTHER.value, help="where the source says none"
        )
        parser.add_argument("--key-file", type=Path, help="for feeds: a file with NAME:KEY in its first line")
        parser.add_argument(
            "--lost-up-to", type=int, default=0, metavar="NUMBER", help="give up missing numbers of a folder up to this"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at, category = timezone.now(), Category(options["category"])
        try:
            if options["folder"] is not None:
                numbers, taken = carrying.take(
                    partner_of(options["partner"]), options["folder"], lost=options["lost_up_to"], at=at
                )
                self.stdout.write(f"{len(numbers)} files taken")
                self._tell(taken)
            elif options["file"] is not None:
                partner = _of_files(options["partner"], at=at)
                results = importing.take_file(
                    partner, options["file"], Shape(options["shape"]), category=category, at=at
                )
                self._tell_files(results)
            else:
                self._tell(_fetched(options, category=category, at=at))
        except (Gap, Changed, Unreadable, fetching.NotFetched) as fault:
            raise CommandError(str(fault)) from None
        except OSError as error:
            raise CommandError(f"this cannot be read ({error.strerror}); correct its name") from None

    def _tell(self, taken: Taken) -> None:
        self.stdout.write(f"{taken.accepted:,} taken or known already, {taken.refused:,} refused")

    def _tell_files(self, results: list[importing.Result]) -> None:
        for result in results:
            self.stdout.write(result.name)
            self._tell(result.taken)
            for fault in result.faults[:SHOWN]:
                self.stderr.write(str(fault))
        wrong = sum(result.fault_count for result in results)
        if wrong:
            raise CommandError(f"{wrong:,} rows are left out, the first of them named above; all others are in")
        if not results:
            raise CommandError("there is no file `domains` or `urls` in a folder of this folder; see the path")


def _of_files(slug: str, *, at: datetime) -> Partner:
    """Return the partner whose word a file is; the one for files that nobody else stands for is made at once."""
    if slug != FOLDER:
        return partner_of(slug)
    with transaction.atomic():
        organisation, _ = Organisation.objects.get_or_create(
            slug=FOLDER, defaults={"name": "Files", "kind": Organisation.Kind.PROVIDER}
        )
        return partners.active(organisation) or partners.take_part(organisation, at=at)


def _fetched(options: dict[str, Any], *, category: Category, at: datetime) -> Taken:
    partner, url = partner_of(options["partner"]), options["stopncii"] or options["ncmec"]
    name, separator, key = _first_line(options["key_file"]).partition(":")
    if not separator or not url.startswith(("https://", "http://")):
        raise CommandError("give an address that begins with https:// and --key-file with NAME:KEY in its first line")
    feed = fetching.Feed(url.rstrip("/"), name, key)
    if options["stopncii"]:
        return importing.take_stopncii(partner, feed, category=category, at=at)
    return importing.take_ncmec(partner, feed, category=category, at=at)


def _first_line(path: Path | None) -> str:
    return "" if path is None else (path.read_text(encoding="utf-8").splitlines() or [""])[0].strip()
