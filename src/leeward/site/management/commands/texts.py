from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leeward.core import catalogues, texts


class Command(BaseCommand):
    help = (
        "Words in other languages: `leeward texts missing` lists what is read in English; `-v 2` names each sentence."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["missing"])

    def handle(self, *args: Any, **options: Any) -> None:
        self._content()
        self.stdout.write("")
        for language in catalogues.languages():
            self._catalogue(language, names_each=options["verbosity"] > 1)

    def _content(self) -> None:
        self.stdout.write("Texts by age band, in src/leeward/<capability>/texts/<language>/<band>.toml:")
        gaps = texts.missing()
        for gap in gaps:
            self.stdout.write(f"  {gap.language} {gap.app} {gap.band}: {len(gap.keys)} missing: {', '.join(gap.keys)}")
        if not gaps:
            self.stdout.write("  nothing is missing")

    def _catalogue(self, language: str, *, names_each: bool) -> None:
        entries = catalogues.entries(language)
        english = [entry for entry in entries if not entry.is_translated]
        path = catalogues.catalogue(language).relative_to(catalogues.LOCALE.parent.parent)
        self.stdout.write(f"Pages in {language}, in src/{path}: {len(english)} of {len(entries)} missing")
        counts = Counter(place.partition("/")[0] for entry in english for place in entry.places[:1])
        for capability, count in sorted(counts.items()):
            self.stdout.write(f"  {capability}: {count}")
        if names_each:
            for entry in english:
                self.stdout.write(f"    {', '.join(entry.places)}: {entry.sentence!r}")
