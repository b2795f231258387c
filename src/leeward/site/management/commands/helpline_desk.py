from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.core.models import User
from leeward.helplines import languages
from leeward.helplines.conversations.models import ALIAS_MAX, Desk
from leeward.helplines.shifts import services as shifts


class Command(BaseCommand):
    help = (
        "Make a helpline desk, or change its languages and time zone, and give its first supervisor a seat. "
        "That person then plans the shifts, gives the other seats and makes the key, all in the browser."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help='what counsellors call the desk, such as "Night desk"')
        parser.add_argument("--languages", required=True, help="codes of its languages with commas, such as mn,en")
        parser.add_argument("--zone", required=True, help="its time zone, such as Asia/Ulaanbaatar")
        parser.add_argument("--country", default="", help="ISO 3166 code of the country that it is for, such as MN")
        parser.add_argument("--supervisor", help="user name of a supervisor who gets the first seat")
        parser.add_argument("--alias", help="what children read instead of the supervisor's name")

    def handle(self, *args: Any, **options: Any) -> None:
        said = {
            "languages": _languages(options["languages"]),
            "time_zone": _zone(options["zone"]),
            "country": options["country"].upper(),
        }
        desk, is_new = Desk.objects.update_or_create(
            name=options["name"], defaults=said, create_defaults=said | {"made_at": timezone.now()}
        )
        self.stdout.write(f"The desk «{desk.name}» {'is made' if is_new else 'is changed'}.")
        if options["supervisor"]:
            self.stdout.write(_seated(desk, username=options["supervisor"], alias=options["alias"] or ""))


def _languages(written: str) -> list[str]:
    # «zh-hans» is understood as «zh», under which talks in Chinese are stored.
    codes = [code.strip().split("-")[0] for code in written.split(",") if code.strip()]
    if wrong := [code for code in codes if code not in languages.NAMES]:
        raise CommandError(f"{', '.join(wrong)}: no language of this site; it has {', '.join(languages.NAMES)}")
    if not codes:
        raise CommandError("name at least one language, such as --languages en")
    return codes


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CommandError("no such time zone; write one such as Asia/Ulaanbaatar") from None


def _seated(desk: Desk, *, username: str, alias: str) -> str:
    person = User.objects.filter(username=username).first()
    if person is None:
        raise CommandError("nobody has this user name; add the person first")
    if not alias or len(alias) > ALIAS_MAX:
        raise CommandError(f"--alias is what children read, at most {ALIAS_MAX} letters")
    try:
        shifts.give_seat(desk, to=person, alias=alias, most_chats=2)
    except shifts.NoCounsellor:
        raise CommandError("the person is neither a counsellor nor a supervisor; give the role first") from None
    except shifts.NameIsTaken:
        return "The person has a seat already, or somebody has this alias; nothing changed there."
    return "The supervisor has a seat. Shifts, seats and the key are under /helpline/."
