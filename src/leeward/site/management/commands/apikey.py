from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation


class Command(BaseCommand):
    help = "Make a key for a machine of an organisation and print it once; it is not kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its short name, such as harbour")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=ApiKey.Scope.values,
            help="a door that it opens; several are possible. `flag` is for trusted flagging organisations only",
        )
        parser.add_argument("--name", help="its full name, where it is new here")
        parser.add_argument(
            "--kind", choices=Organisation.Kind.values, default=Organisation.Kind.PROVIDER, help="what a new one is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = _organisation(options["organisation"], name=options["name"], kind=options["kind"])
        scopes = [ApiKey.Scope(scope) for scope in dict.fromkeys(options["scope"])]
        self.stdout.write(machines.make_key(organisation, scopes=scopes, at=timezone.now()))


def _organisation(slug: str, *, name: str | None, kind: str) -> Organisation:
    found = Organisation.objects.filter(slug=slug).first()
    if found is None and not name:
        raise CommandError("there is no organisation of this short name; give --name and --kind to add it")
    return found or Organisation.objects.create(slug=slug, name=name or slug, kind=kind)
