from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.cases import coop, coop_rows
from leeward.cases.coop_rows import ActionRow, AnswerRow, AppealRow, ReportRow, RowWrong
from leeward.core.models import Organisation
from leeward.indicators.models import Category

# What a decision is about comes before the appeal against it, whatever the order of the file.
ORDER = (ActionRow, ReportRow, AppealRow, AnswerRow)
TELL_S = 5.0
SHOWN = 20


@dataclass
class Found:
    """What came out so far."""

    new: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)


class Command(BaseCommand):
    help = (
        "Take over from ROOST Coop: a file with one JSON object a line, each a report, an action, an appeal or the answer "
        "to one, as Coop takes or sends them. It can be taken over again; what came before is left as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--provider", required=True, metavar="SLUG", help="whose items these are")
        parser.add_argument(
            "--policy", action="append", default=[], metavar="ID=CATEGORY", help=f"one of {', '.join(Category.values)}"
        )
        parser.add_argument(
            "--action", action="append", default=[], metavar="ID=MEASURE", help=f"one of {', '.join(coop.MEASURES)}"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and count, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["provider"]
        provider = Organisation.objects.filter(slug=slug, kind=Organisation.Kind.PROVIDER).first()
        if provider is None:
            raise CommandError("--provider must be the short name of a provider that this desk serves; correct it")
        policies = _mapped(
            options["policy"], allowed=dict(zip(Category.values, Category, strict=True)), name="--policy"
        )
        measures = _mapped(options["action"], allowed={one.value: one for one in coop.MEASURES}, name="--action")
        way, found = coop.Way(provider, policies, measures), Found()
        try:
            kinds = self._read(options["file"], way=way, found=found)
            if not options["dry_run"]:
                self._take(options["file"], kinds, way=way, found=found)
        except (OSError, UnicodeDecodeError):
            raise CommandError("the file cannot be read as UTF-8 text; correct its name or its form") from None
        self._tell(kinds, found, is_dry=options["dry_run"])

    def _read(self, file: Path, *, way: coop.Way, found: Found) -> dict[int, type[Any]]:
        """Read every line without storing anything, and return what stands on which."""
        kinds: dict[int, type[Any]] = {}
        for number, line in _lines(file):
            try:
                row = coop_rows.read(line, unknown=found.unknown)
                coop.check(row, way=way, at=timezone.now())
                kinds[number] = type(row)
            except RowWrong as wrong:
                found.wrong[number] = str(wrong)
        return kinds

    def _take(self, file: Path, kinds: Mapping[int, type[Any]], *, way: coop.Way, found: Found) -> None:
        done, told_at = 0, time.monotonic()
        for kind in ORDER:
            for number, line in _lines(file):
                if kinds.get(number) is not kind:
                    continue
                try:
                    is_new = coop.take(coop_rows.read(line, unknown=Counter()), way=way, at=timezone.now())
                    (found.new if is_new else found.before)[coop_rows.NAMES[kind]] += 1
                except RowWrong as wrong:
                    found.wrong[number] = str(wrong)
                done += 1
                if time.monotonic() - told_at >= TELL_S:
                    told_at = time.monotonic()
                    self.stderr.write(f"{done:,} of {len(kinds):,} rows")

    def _tell(self, kinds: Mapping[int, type[Any]], found: Found, *, is_dry: bool) -> None:
        for kind in ORDER:
            name, rows = coop_rows.NAMES[kind], sum(one is kind for one in kinds.values())
            if is_dry:
                self.stdout.write(f"{name}: {rows} could be taken over")
            else:
                self.stdout.write(f"{name}: {found.new[name]} taken over, {found.before[name]} came before")
        for path, count in sorted(found.unknown.items()):
            self.stdout.write(f"unknown field, left out: {path} ({count})")
        for number, words in sorted(found.wrong.items())[:SHOWN]:
            self.stderr.write(f"line {number}: {words}")
        if is_dry:
            self.stdout.write("Nothing was stored.")
        if found.wrong:
            more = f", {len(found.wrong) - SHOWN} of them not shown" if len(found.wrong) > SHOWN else ""
            raise CommandError(
                f"{len(found.wrong)} rows are left out{more}; all others {'would come' if is_dry else 'are'} in"
            )


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line


def _mapped[Value](given: list[str], *, allowed: Mapping[str, Value], name: str) -> dict[str, Value]:
    found = {}
    for one in given:
        key, sign, value = one.rpartition("=")
        if not sign or not key or value not in allowed:
            raise CommandError(f"{name} takes ID=NAME, where NAME is one of: {', '.join(allowed)}")
        found[key] = allowed[value]
    return found
