from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console

from leeward.core import config, interrupt
from leeward.core.models import Organisation
from leeward.screening import index, tallies
from leeward.screening.models import Match, Sweep
from leeward.screening.rescan import engines, items, plot, progress, seen, services, sources
from leeward.screening.rescan.engines import Dask, Engine, Here, Local, Pace
from leeward.screening.rescan.reading import Reach
from leeward.screening.rescan.seen import Seen
from leeward.screening.rescan.services import Way
from leeward.screening.rescan.sources import Source

FEW = 64  # So many files are looked at in this process; to start others would take longer.
REFUSED = (items.SourceRefused, engines.EngineMissing, seen.AnotherSweepRuns)


@dataclass(frozen=True)
class Part:
    """One source of this run, and its sweep: a new one, or one that broke off."""

    source: Source
    sweep: Sweep


class Command(BaseCommand):
    help = (
        "Look through what is hosted already: files that are known to harm today become matches and cases. "
        "A SOURCE is a folder, s3:BUCKET/PREFIX, a .csv or .parquet list of addresses or paths, or the word sealed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sources", nargs="*", metavar="SOURCE")
        parser.add_argument("--provider", default="", metavar="SLUG", help="whose files these are")
        parser.add_argument("--engine", choices=["local", "dask"], default="local")
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
        parser.add_argument("--resume", action="store_true", help="go on where the last sweep of a source broke off")
        parser.add_argument("--rate", type=float, default=0.0, metavar="FILES_PER_S", help="at the most; 0: no limit")
        parser.add_argument(
            "--allow-host",
            action="append",
            default=[],
            metavar="HOST[:PORT]",
            help="addresses may be fetched from here",
        )
        parser.add_argument("--new-signs", action="store_true", help="ask new signs of what was seen, and read no more")
        parser.add_argument("--no-seen", action="store_true", help="do not keep what was seen for --new-signs")
        parser.add_argument("--forget", action="store_true", help="delete what sweeps have seen")
        parser.add_argument("--dry-run", action="store_true", help="count the files and do nothing")
        parser.add_argument("--svg", type=Path, metavar="FILE", help="write the plot of what was found by age")
        parser.add_argument("--json", action="store_true", help="print one JSON object for each source")

    def handle(self, *args: Any, **options: Any) -> None:
        self._options = options
        self._console = Console(stderr=True)
        # A service manager's word to stop is the same as a person's.
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        interrupt.listen(*before)
        try:
            with seen.alone():
                self._run()
        except REFUSED as refused:
            raise CommandError(str(refused)) from None
        except index.Behind:
            raise CommandError("the signs are not loaded; start `leeward index`, and try again") from None
        except services.NotWrittenDown:
            raise CommandError(
                "a match could not be written; see that the database answers, then use --resume"
            ) from None
        except DatabaseError:
            raise CommandError("the database does not answer; `leeward migrate` prepares a new one") from None
        except KeyboardInterrupt:
            self._say(f"Stopped. What is done is kept. Go on with:\n  {self._again()}")
            sys.exit(128 + signal.SIGINT)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run(self) -> None:
        options = self._options
        if options["forget"]:
            self._say("What was seen is deleted." if seen.forget() else "Nothing was kept.")
        elif options["new_signs"]:
            self._new_signs()
        elif not options["sources"]:
            raise CommandError("name a SOURCE: a folder, s3:BUCKET/PREFIX, a .csv or .parquet list, or the word sealed")
        elif options["dry_run"]:
            self._dry_run(self._sources(self._provider()))
        else:
            self._sweep(self._provider())

    def _say(self, words: str) -> None:
        self._console.print(words, highlight=False, markup=False, soft_wrap=True)

    def _again(self) -> str:
        words = [word for word in sys.argv[1:] if word != "--resume"]
        return shlex.join(["leeward", *words] + ([] if self._options["new_signs"] else ["--resume"]))

    def _provider(self) -> Organisation:
        slug = self._options["provider"]
        found = Organisation.objects.filter(slug=slug, kind=Organisation.Kind.PROVIDER).first()
        if found is None:
            raise CommandError("--provider must be the short name of a provider that this desk serves; correct it")
        return found

    def _sources(self, provider: Organisation) -> list[Source]:
        endpoint = config.current().storage.s3_endpoint
        found = [
            sources.source_of(word, organisation_id=provider.pk, s3_endpoint=endpoint)
            for word in self._options["sources"]
        ]
        is_elsewhere = self._options["engine"] == "dask" and config.current().screening.dask_scheduler
        if is_elsewhere and any(isinstance(source, sources.Sealed) for source in found):
            raise CommandError("sealed evidence is opened on this machine only; use --engine local for it")
        return found

    def _dry_run(self, listed: Sequence[Source]) -> None:
        for source in listed:
            files = size_bytes = 0
            for item in source.items():
                files += 1
                size_bytes += item.size_bytes
            self._result({"source": source.name, "files": files, "size_bytes": size_bytes})

    def _result(self, found: dict[str, object]) -> None:
        if self._options["json"]:
            self.stdout.write(json.dumps(found))
            return
        not_judged = found.get("not_judged")
        reasons = (
            ", ".join(f"{why} {count}" for why, count in not_judged.items()) if isinstance(not_judged, dict) else ""
        )
        words = [f"{name.replace('_', ' ')} {found[name]}" for name in found if name not in {"source", "not_judged"}]
        self.stdout.write(f"{found['source']}: {', '.join(words)}{f'; not judged: {reasons}' if reasons else ''}")

    def _reach(self) -> Reach:
        hosts = frozenset(host.lower() for host in self._options["allow_host"])
        return Reach(hosts, config.current().storage.s3_endpoint)

    def _engine(self) -> Engine:
        workers = max(1, self._options["workers"])
        if self._options["engine"] == "dask":
            return Dask(workers, config.current().screening.dask_scheduler)
        return Local(workers)

    def _sweep(self, provider: Organisation) -> None:
        # All of them are noted first, so that --resume knows also those that were never begun.
        parts = [self._part(source, provider) for source in self._sources(provider)]
        engine = self._engine()
        store = None if self._options["no_seen"] else Seen.open(seen.folder())
        try:
            for part in parts:
                if part is not None:
                    begun = time.monotonic()
                    sweep = self._swept(part, engine=engine, store=store)
                    self._finished(sweep, seconds=round(time.monotonic() - begun, 1))
        finally:
            engine.close()
            tallies.flush(timezone.now())
            if store is not None:
                store.close()

    def _part(self, source: Source, provider: Organisation) -> Part | None:
        sweep = None
        if self._options["resume"]:
            try:
                sweep = services.broken_off(source, organisation=provider)
            except services.NothingToResume:
                self._say(f"{source.name}: was swept to its end before; leave --resume out to sweep it again")
                return None
        engine = self._options["engine"]
        return Part(source, sweep or services.begun(source, organisation=provider, engine=engine, at=timezone.now()))

    def _swept(self, part: Part, *, engine: Engine, store: Seen | None) -> Sweep:
        sweep, title = part.sweep, Path(part.source.name).name or part.source.name
        with progress.shown(self._console, title, total=sweep.total, done=sweep.files) as tell:
            way = Way(engine, self._reach(), Pace(self._options["rate"]), timezone.now, store, tell)
            return services.run(sweep, part.source, way=way)

    def _new_signs(self) -> None:
        store = Seen.open(seen.folder())
        started: list[Engine] = []
        begun = time.monotonic()

        def start(files: int) -> Way:
            started.append(self._engine() if files > FEW else Here())
            return Way(started[0], self._reach(), Pace(self._options["rate"]), timezone.now)

        try:
            asking, sweep = services.ask_new_signs(store, start=start, at=timezone.now())
        finally:
            for engine in started:
                engine.close()
            store.close()
            tallies.flush(timezone.now())
        self._say(
            f"{asking.signs:,} new signs asked of {asking.files:,} files: {asking.pointed_at:,} to be looked at again"
        )
        self._finished(sweep, signs=asking.signs, seconds=round(time.monotonic() - begun, 1))

    def _finished(self, sweep: Sweep, **more: float) -> None:
        found: dict[str, object] = {
            "source": sweep.source,
            "files": sweep.files,
            "size_bytes": sweep.size_bytes,
            "found": sweep.matches,
            "known_before": sweep.known_before,
            "not_judged": sweep.unreadable,
            "position": sweep.position,
        }
        self._result(found | more)
        self._plot(sweep)

    def _plot(self, sweep: Sweep) -> None:
        about = {} if sweep.organisation_id is None else {"organisation_id": sweep.organisation_id}
        found = Match.objects.filter(at__gte=sweep.started_at, uploaded_at__isnull=False, **about)
        bars = plot.found_by_age(found.only("at", "uploaded_at").iterator())
        if sweep.matches:
            self._say("Found, by age since upload:\n" + "\n".join(plot.text_bars(bars)))
        if self._options["svg"]:
            self._options["svg"].write_text(
                plot.svg(bars, title="Found by re-scan, by age since upload"), encoding="utf-8"
            )
