from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leeward.core import config
from leeward.core.models import Organisation
from leeward.indicators import services as indicators
from leeward.indicators.models import DIGEST_KINDS, Kind
from leeward.screening import local, services, tallies, values
from leeward.screening.models import Answer
from leeward.screening.services import Screened, Values

STANDARD_INPUT = "-"
WRONG_USE = 2
SHORTEST_LINE = 40  # A table that is narrower says nothing; a pipe has no width of its own.
_HASH_KINDS = (Kind.PDQ, *DIGEST_KINDS, Kind.TLSH)
_COLOURS = {Answer.CLEAR: "green", Answer.KNOWN: "bold red", Answer.HELD: "yellow", Answer.SUSPECT: "magenta"}


class CannotBeRead(Exception):
    """One of the named files cannot be judged; the message says why. The others are."""


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Judge files of this machine, hashes or addresses as uploads are judged, without a running site. "
        "Exit status: 0 all clear, 1 something is known, held or suspect, 2 wrong use or a file that cannot be read; "
        "the other files are judged all the same. "
        "A known file is kept as a match and can open a case, as at every other door."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument(
            "--provider", default="", metavar="SLUG", help="for whom is asked; needed where there are more"
        )
        parser.add_argument(
            "--hash", action="append", default=[], metavar="KIND:DIGITS", help="such as pdq:HEX or md5:HEX"
        )
        parser.add_argument(
            "--url", action="append", default=[], metavar="ADDRESS", help="an address; it is not fetched"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        self.unread = 0
        questions = [*_of_files(options["files"]), *_of_hashes(options["hash"]), *_of_addresses(options["url"])]
        if not questions:
            raise CommandError("name a file, or give --hash or --url", returncode=WRONG_USE)
        answers = self._answers(questions, _provider(options["provider"]))
        worst = self._write_lines(answers) if options["json"] else self._write_table(answers)
        tallies.flush(timezone.now())
        if self.unread:
            sys.exit(WRONG_USE)
        if worst:
            sys.exit(worst)

    def _answers(self, questions: list[Question], asked_by: Organisation) -> Iterator[tuple[str, Screened]]:
        """Yield what could be judged; name the rest on standard error, so that one missing file keeps nobody waiting."""
        for question in questions:
            try:
                yield question.name, question.ask(asked_by)
            except CannotBeRead as fault:
                self.unread += 1
                self.stderr.write(f"{_shown(question.name)}: {fault}")
            except OSError as fault:
                self.unread += 1
                self.stderr.write(f"{_shown(question.name)}: {fault.strerror}")

    def _write_lines(self, answers: Iterator[tuple[str, Screened]]) -> int:
        worst = 0
        for name, screened in answers:
            self.stdout.write(json.dumps({"item": _shown(name), **dataclasses.asdict(screened)}))
            worst = max(worst, _status(screened))
        return worst

    def _write_table(self, answers: Iterator[tuple[str, Screened]]) -> int:
        found = list(answers)
        if not found:
            return 0
        table = Table("item", "answer", "why", box=None, pad_edge=False, header_style="bold")
        for name, screened in found:
            table.add_row(
                Text(_shown(name)), Text(screened.answer, style=_COLOURS[screened.answer]), Text(_why(screened))
            )
        is_terminal = self.stdout.isatty()
        console = Console(force_terminal=is_terminal, width=None if is_terminal else _width(found))
        with console.capture() as written:
            console.print(table)
        self.stdout.write(written.get(), ending="")
        return max(_status(screened) for _, screened in found)


@dataclasses.dataclass(frozen=True)
class Question:
    """One thing to be judged, and under which name the answer is shown."""

    name: str
    ask: Callable[[Organisation], Screened]


def _provider(slug: str) -> Organisation:
    try:
        return local.provider(slug)
    except local.WhichProvider as unclear:
        raise CommandError(f"--provider: {unclear}", returncode=WRONG_USE) from None
    except DatabaseError:
        raise CommandError(
            "the database does not answer; `leeward migrate` prepares a new one", returncode=WRONG_USE
        ) from None


def _of_files(names: list[str]) -> Iterator[Question]:
    for name in names:
        if name == STANDARD_INPUT:
            yield Question(name, _screen_input)
            continue
        yield Question(name, partial(_screen_file, Path(name)))


def _screen_file(path: Path, asked_by: Organisation) -> Screened:
    if path.is_dir():
        raise CannotBeRead("this is a folder; look through it with `leeward rescan FOLDER`")
    if not path.is_file() or not os.access(path, os.R_OK):
        raise CannotBeRead("there is no file here that can be read")
    return local.screen_file(path, asked_by=asked_by, at=timezone.now())


def _screen_input(asked_by: Organisation) -> Screened:
    most = config.current().server.max_body_bytes
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise CommandError(f"-: more than {most} bytes; give it as a file", returncode=WRONG_USE)
    return local.screen_bytes(
        data, asked_by=asked_by, item_id="", media_type="application/octet-stream", at=timezone.now()
    )


def _of_hashes(hashes: list[str]) -> Iterator[Question]:
    for one in hashes:
        kind, _, value = one.partition(":")
        if kind not in _HASH_KINDS:
            raise CommandError(f"--hash: write {', '.join(_HASH_KINDS)} and a colon first", returncode=WRONG_USE)
        yield _look_up(one, _values(Kind(kind), value, place="--hash"))


def _of_addresses(addresses: list[str]) -> Iterator[Question]:
    for address in addresses:
        yield _look_up(address, _values(Kind.URL, address, place="--url"))


def _look_up(name: str, asked: Values) -> Question:
    return Question(name, lambda asked_by: services.look_up(asked, asked_by=asked_by, at=timezone.now()))


def _values(kind: Kind, value: str, *, place: str) -> Values:
    try:
        return values.of(kind, value)
    except indicators.NotASign as wrong:
        raise CommandError(f"{place}: {wrong}", returncode=WRONG_USE) from None


def _status(screened: Screened) -> int:
    return 0 if screened.answer == Answer.CLEAR else 1


def _why(screened: Screened) -> str:
    """Return one line: the nearest sign, or what a classifier thinks, or why it could not be judged."""
    if screened.signs:
        sign = screened.signs[0]
        more = f", and {len(screened.signs) - 1} more" if len(screened.signs) > 1 else ""
        return f"{sign.category}: {sign.kind} at distance {sign.distance}, from {sign.source}{more}"
    leads = [f"{lead.classifier} {lead.score:.2f}" for lead in screened.leads if lead.is_lead]
    return ", ".join(leads) or screened.reason.replace("_", " ")


def _width(found: list[tuple[str, Screened]]) -> int:
    """Return how wide a table is that cuts nothing off."""
    return max(SHORTEST_LINE, *(len(_shown(name)) + len(_why(screened)) + 16 for name, screened in found))


def _shown(name: str) -> str:
    """Return a name without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
