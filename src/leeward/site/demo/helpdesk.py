"""The helpline's desk of the demo: open day and night, with two seats. Its keys are made by its people in their browsers, as in life."""

from __future__ import annotations

from datetime import datetime

from leeward.core.models import User
from leeward.helplines import languages
from leeward.helplines.conversations.models import Desk
from leeward.helplines.shifts import services as shifts
from leeward.helplines.shifts.models import DAY_MINUTES

SUPERVISOR, COUNSELLOR = "tuul", "nara"
_WEEK, _DAY_AND_NIGHT = range(7), shifts.Hours(0, DAY_MINUTES)


def make_desk(*, at: datetime) -> None:
    """Give the accounts `tuul` and `nara` a desk that speaks every language of the site."""
    desk = Desk.objects.create(name="Quay desk", languages=list(languages.NAMES), made_at=at)
    shifts.plan(desk, weekdays=_WEEK, hours=_DAY_AND_NIGHT, seat=None)
    for username in (SUPERVISOR, COUNSELLOR):
        person = User.objects.get(username=username)
        shifts.give_seat(desk, to=person, alias=username.title(), most_chats=2)


def first_presses(site: str) -> list[str]:
    """Return what somebody presses who has never seen the demo, until two windows talk to each other."""
    return [
        f"In one window, as {SUPERVISOR}: {site}/helpline/keys/ - choose a passphrase, «Make my key», then «Make the first key».",
        f"There too: {site}/helpline/ - «I am here».",
        f"In a private window, as a child: {site}/h/chat/ - «Start the chat», and write.",
        "In the first window: «Talk», unlock with the passphrase, and answer.",
    ]
