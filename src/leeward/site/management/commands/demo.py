from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from leeward.core import config, interrupt, roles
from leeward.site.demo import ages, effects, family, helpdesk, stage, story
from leeward.site.demo.folder import CannotStart
from leeward.site.management.commands.serve import prepare


class Command(BaseCommand):
    help = "Show the main job with real input: a report, a decision, four effects, and all of it lifted again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site-port", type=int, default=8000)
        parser.add_argument("--provider-port", type=int, default=8001)
        parser.add_argument("--dns-port", type=int, default=5300)
        parser.add_argument("--once", action="store_true", help="stop after the table instead of staying up")

    def handle(self, *args: Any, **options: Any) -> None:
        ports = stage.Ports(options["site_port"], options["provider_port"], options["dns_port"])
        console = Console()
        interrupt.listen()
        try:
            stage.check_free(ports)
            console.print("Making a database and seven processes. The first time this takes up to a minute.")
            prepare()
            provider_url = f"http://localhost:{ports.provider}"
            cast = stage.make_cast(provider_url=provider_url)
            codes = ages.make_gate(provider_url=provider_url, at=timezone.now())
            family.make_family(at=timezone.now())
            helpdesk.make_desk(at=timezone.now())
            connections.close_all()
            with stage.running(ports, cast):
                in_time = tell(console, ports, cast)
                addresses(console, ports)
                presses(console, ports, codes)
                accounts(console, cast)
                interrupt.heed()
                if not options["once"]:
                    roles.run(_until_told, parent=None)
                    console.print("\nStopping.")
        except (CannotStart, story.Broken) as error:
            raise CommandError(str(error)) from error
        if not in_time:
            sys.exit(1)


def _until_told(stop: threading.Event) -> None:
    stop.wait()


def tell(console: Console, ports: stage.Ports, cast: stage.Cast) -> bool:
    """Tell the story and return whether every effect came within two seconds."""
    picture = (stage.PROVIDER.parent / "photos" / f"{story.ITEM}.jpg").read_bytes()
    outside = effects.Outside(ports, cast, item=story.ITEM, picture=picture).effects()
    reviewer = story.Person(ports, username="reviewer", password=cast.password)
    second = story.Person(ports, username="second-reviewer", password=cast.password)
    before = {effect.name: effect.in_force() for effect in outside}

    filed = story.file_report(ports)
    console.print(f"[bold]Ana[/] pressed the misuse button on a photograph. Her receipt: [bold]{filed.receipt}[/]")
    case = story.case_path(reviewer)
    console.print("The case is on the desk, the photograph sealed as evidence:")
    console.print(f"  http://localhost:{ports.site}{case}", soft_wrap=True)
    story.propose(reviewer, case)
    decision = story.decision(second, case)
    console.print("A reviewer judged it illegal. That needs a second person; nothing has followed yet.")
    seen = effects.watch(outside, lifted=False, since=second.press(f"{decision}agree", page=case))
    console.print(_table("The second person agreed. Seen from outside, counted from her press:", seen, before))
    lifted = effects.watch(outside, lifted=True, since=second.press(f"{decision}reverse", page=case))
    console.print(_table(f"The decision was reversed. {outcome_of(lifted)}", lifted, {}))
    told = "It was taken away" in story.follow(ports, filed)
    console.print(
        "With the code alone, Ana reads what was done." if told else "[red]Ana's page does not say what was done.[/]"
    )
    return told and all(one.after_ms is not None and one.after_ms <= 2000 for one in (*seen, *lifted))


def outcome_of(lifted: list[effects.Seen]) -> str:
    """Say how many effects were seen to be lifted, and name each that was not."""
    still = [one.name for one in lifted if one.after_ms is None]
    if not still:
        return f"All {len(lifted)} are lifted:"
    return f"{len(lifted) - len(still)} of {len(lifted)} are lifted. Not seen to be lifted: {', '.join(still)}."


def _table(title: str, seen: list[effects.Seen], before: dict[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("where")
    table.add_column("after", justify="right")
    table.add_column("what was seen")
    for one in seen:
        after = "never" if one.after_ms is None else f"{one.after_ms:,.0f} ms"
        note = " (was so before!)" if before.get(one.name) else ""
        table.add_row(one.name, after, escape(one.what) + note)
    return table


def addresses(console: Console, ports: stage.Ports) -> None:
    """Print where everything is."""
    site, folder = f"http://localhost:{ports.site}", Path(os.path.relpath(config.current().server.data_dir))
    grid = Table.grid(padding=(0, 2))
    for place, what in (
        (f"{site}/", "the site"),
        (f"http://localhost:{ports.provider}/", "the example provider, with the misuse button on each photograph"),
        (f"http://localhost:{ports.provider}{ages.PAGE}", "its page for those over 16"),
        (f"{site}/desk/", "the desk (reviewer, second-reviewer)"),
        (f"{site}/family/", "a family with one child, its phone, and a question of the child (parent)"),
        (f"{site}/age/operator/", "which page asks for which age, and how it is shown (administrator)"),
        (f"{site}/h/", "where a child finds somebody to talk to"),
        (f"{site}/helpline/", "the helpline's desk, open day and night (tuul, nara)"),
        (f"{site}/operator/health/", "what the operator sees (administrator)"),
        (f"{site}/exchange/", "who takes part in the exchange, and what each one gets (administrator)"),
        (f"{site}/taxii2/", "for partners' TAXII 2.1 clients"),
        (f"dig @127.0.0.1 -p {ports.dns} {stage.BAD_HOST}", "the resolver"),
        (str(folder), "data and logs of this demo, made anew at each start"),
    ):
        grid.add_row(f"[bold]{escape(place)}[/]", what)
    console.print()
    console.print(grid)


def presses(console: Console, ports: stage.Ports, codes: ages.Codes) -> None:
    """Print what to press to see what no table shows."""
    site, provider = f"http://localhost:{ports.site}", f"http://localhost:{ports.provider}"
    for what, told in (
        ("To see a chat, in two minutes:", helpdesk.first_presses(site)),
        ("To see an age shown, and a parent's yes, in two minutes:", ages.first_presses(site, provider, codes)),
    ):
        console.print(f"\n{what}")
        for number, press in enumerate(told, 1):
            console.print(f"  {number}. {press}", soft_wrap=True, highlight=False)


def accounts(console: Console, cast: stage.Cast) -> None:
    """Print who can sign in, and what each account is for."""
    grid = Table.grid(padding=(0, 2))
    for username, _role, _home, what_for in stage.PEOPLE:
        grid.add_row(f"  [bold]{username}[/]", what_for)
    console.print("\nAccounts:")
    console.print(grid)
    console.print(f"The password of all: [bold]{cast.password}[/]. A reporter needs no account.")
    console.print("It stays up. Ctrl-C stops everything.")
