from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leeward.filtering.dnsdist import config, plane

_WRITTEN = """\
Written: {path} and policy.lua beside it.
Check it with `leeward dnsdist check`, then start dnsdist with it: dnsdist -C {path} --supervised
What families, operators and the law decide is in force on the next question; dnsdist is never reloaded for it. After
`leeward dnsdist write` dnsdist is started anew, because it reads its configuration once: see packaging/systemd/.\
"""
_NO_SAFE = (
    "LEEWARD_DNSDIST_SAFE_BACKENDS is empty: whoever has safe search gets no answer from search engines. Name a resolver "
    "that answers them in their safe form."
)


class Command(BaseCommand):
    help = (
        "dnsdist in front of your resolvers, on the same compiled policy: `write` puts dnsdist.conf and its script into the data "
        "folder, `check` lets dnsdist itself read them."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["write", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = plane.in_force()
        except config.WrongPlane as wrong:
            raise CommandError(str(wrong)) from None
        if options["what"] == "write":
            path = plane.write(wanted)
            self.stdout.write(_WRITTEN.format(path=path))
            if not wanted.safe_backends:
                self.stderr.write(_NO_SAFE)
            return
        self._check(wanted)

    def _check(self, wanted: config.Plane) -> None:
        path = wanted.folder / "dnsdist.conf"
        is_written = path.is_file() and path.read_text(encoding="utf-8") == config.text(wanted)
        script = wanted.folder / "policy.lua"
        if not is_written or not script.is_file() or script.read_text(encoding="utf-8") != config.script():
            raise CommandError(
                "the files are not those of these settings and this version; run `leeward dnsdist write`"
            )
        try:
            version = plane.check(path)
        except (plane.NoDnsdist, plane.Refused) as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"{version} takes {path}")
