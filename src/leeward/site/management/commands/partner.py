from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leeward.core.models import Organisation
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner


class Command(BaseCommand):
    help = (
        "Let an organisation take part in the exchange at once, without an invitation. "
        "What it may see is in the share rules, and its key is made with `leeward apikey --scope exchange`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its short name, such as beacon")
        parser.add_argument(
            "--group", choices=Partner.Group.values, default=Partner.Group.PROVIDERS.value, help="which group it is of"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError("there is no organisation of this short name; `leeward apikey --name` adds one")
        partner = partners.take_part(organisation, at=timezone.now(), group=Partner.Group(options["group"]))
        self.stdout.write(f"{organisation.slug} takes part in the exchange, in the group «{partner.group}».")
