from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation, Role, User

# A person acts by a key as by the desk's pages, so only these roles can have one.
DESK = (Role.REVIEWER, Role.SENIOR_REVIEWER)


class Command(BaseCommand):
    help = (
        "Make a key for a machine of an organisation, or for a person at the desk, and print it once; it is not kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", nargs="?", help="its short name, such as harbour; not with --person")
        parser.add_argument("--person", metavar="USERNAME", help="whose key it is; only for the scope `desk`")
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
        scopes = [ApiKey.Scope(scope) for scope in dict.fromkeys(options["scope"])]
        person = _person(options["person"], scopes=scopes)
        if person is not None:
            if options["organisation"]:
                raise CommandError("give an organisation or --person, not both: a person's key belongs to their own")
            organisation = _desk_of(person)
        elif not options["organisation"]:
            raise CommandError("name the organisation whose machine it is, or --person USERNAME")
        else:
            organisation = _organisation(options["organisation"], name=options["name"], kind=options["kind"])
        self.stdout.write(machines.make_key(organisation, scopes=scopes, at=timezone.now(), person=person))


def _person(username: str | None, *, scopes: list[ApiKey.Scope]) -> User | None:
    if (username is not None) != (ApiKey.Scope.DESK in scopes) or (username and len(scopes) > 1):
        raise CommandError("--person and the scope `desk` belong together, and a person's key has no other scope")
    if username is None:
        return None
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError("there is no active account of this name; see the spelling")
    return found


def _desk_of(person: User) -> Organisation:
    home = Organisation.objects.filter(membership__user=person, membership__role__in=DESK).order_by("pk").first()
    if home is None:
        raise CommandError("this person has no role at the desk; make them a reviewer or a senior reviewer first")
    return home


def _organisation(slug: str, *, name: str | None, kind: str) -> Organisation:
    found = Organisation.objects.filter(slug=slug).first()
    if found is None and not name:
        raise CommandError("there is no organisation of this short name; give --name and --kind to add it")
    return found or Organisation.objects.create(slug=slug, name=name or slug, kind=kind)
