from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.age import records, services
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord, Requirement, Site


class Command(BaseCommand):
    help = "Say which sites and areas ask for which age, and take in lists of codes."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("show", help="print every area that asks for an age")
        site = verbs.add_parser("site", help="add a site")
        site.add_argument("slug", help="its short name, such as forum")
        site.add_argument("callback", help="where its visitors come back to, such as https://forum.example/_age/back")
        site.add_argument("--name", required=True, help="what visitors read")
        area = verbs.add_parser("require", help="ask for an age in an area of a site")
        area.add_argument("site", help="the short name of the site")
        area.add_argument("slug", help="the short name of the area, which the proxy says, such as forum-adults")
        area.add_argument("--area", required=True, help="what visitors read")
        age = area.add_mutually_exclusive_group(required=True)
        ages = range(services.YOUNGEST, services.OLDEST + 1)
        age.add_argument("--over", type=int, choices=ages, metavar="YEARS", help="at least so old")
        age.add_argument("--under", type=int, choices=ages, metavar="YEARS", help="younger than that")
        area.add_argument("--level", choices=[level.acr for level in Level], default=Level.STANDARD.acr)
        area.add_argument(
            "--kind", action="append", choices=[kind.value for kind in Kind], help="more than once for more"
        )
        taken = verbs.add_parser("records", help="take in a list of codes: CSV with the columns code,years")
        taken.add_argument("source", choices=AgeRecord.Source.values)
        taken.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"show": self._show, "site": self._site, "require": self._require, "records": self._records}
        verbs[options["verb"]](options)

    def _show(self, options: dict[str, Any]) -> None:
        for one in Requirement.objects.filter(closed_at=None).select_related("site"):
            age = f"at least {one.age_over}" if one.age_over is not None else f"under {one.age_under}"
            self.stdout.write(f"{one.slug}: {age}, {Level(one.level).acr}, for {one.site.origin}")

    def _site(self, options: dict[str, Any]) -> None:
        try:
            site = services.add_site(
                slug=options["slug"], name=options["name"], callback=options["callback"], at=timezone.now()
            )
        except services.WrongSite as wrong:
            raise CommandError(wrong.problem) from None
        except services.NameTaken:
            raise CommandError("a site of this short name or of this address is there already") from None
        self.stdout.write(f"{site.slug} may ask for ages; its tokens are for {site.origin}.")

    def _require(self, options: dict[str, Any]) -> None:
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError("there is no site of this short name; `leeward age site` adds one")
        draft = services.RequirementDraft(
            slug=options["slug"],
            area=options["area"],
            age_over=options["over"],
            age_under=options["under"],
            level=Level[options["level"].upper()],
            kinds=tuple(Kind(kind) for kind in options["kind"] or [Kind.VERIFICATION]),
        )
        try:
            made = services.require(site, draft, actor="system", at=timezone.now())
        except services.NameTaken:
            raise CommandError("an area of this short name is there already") from None
        except services.WordIsNotEnough:
            raise CommandError(
                "for an area of children ask for standard at least: an adult could just say so"
            ) from None
        self.stdout.write(f"{made.slug} asks from now on. Put the lines of its page into the proxy.")

    def _records(self, options: dict[str, Any]) -> None:
        try:
            years = records.read(options["file"].read_text(encoding="utf-8-sig").splitlines(keepends=True))
        except (OSError, UnicodeDecodeError):
            raise CommandError("the file cannot be read as text in UTF-8") from None
        except records.ListRefused as refused:
            lines = "\n".join(f"line {fault.line}: {fault.problem}" for fault in refused.faults)
            raise CommandError(f"nothing was taken\n{lines}") from None
        dropped = records.take(AgeRecord.Source(options["source"]), years, actor="system", at=timezone.now())
        self.stdout.write(f"{len(years)} codes taken, {dropped} no longer in the list.")
