from __future__ import annotations

import logging
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from leeward.engines import abusemail
from leeward.reports import mail

log = logging.getLogger("leeward.mail")


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Take one mail from standard input, as a pipe transport of Postfix or Exim hands it over. Ends with 0 where it was "
        "taken, 65 where it cannot be read and must be sent anew, 75 where the mail server should try again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # One byte more than the limit says that it is over the limit, and the rest need not be read.
        data = sys.stdin.buffer.read(abusemail.MAIL_BYTES + 1)
        try:
            taken = mail.take(data, at=timezone.now())
        except abusemail.Unreadable as unreadable:
            raise CommandError(str(unreadable), returncode=os.EX_DATAERR) from None
        log.info("mail taken", extra={"count": taken.reports})
        self.stdout.write(_words(taken))


def _words(taken: mail.Taken) -> str:
    """Say what became of a mail, for the log of the mail server: numbers, and why nobody is answered."""
    if not (taken.reports or taken.repeats or taken.refused):
        found = "no report in it"
    else:
        found = f"{taken.reports} taken, {taken.repeats} came before, {taken.refused} without a usable address"
    return f"{found}; an answer is owed" if taken.is_answered else f"{found}; not answered: {taken.silence}"
