"""Names in the tests of the door, and how a page is read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client

from leeward.core.models import User
from leeward.filtering import compiler
from leeward.filtering.legal import services as legal
from leeward.filtering.tests.home import stamped
from leeward.filtering.tests.legal.test_orders import COURT
from leeward.filtering.tests.signs import AT, published
from leeward.limits import services
from leeward.limits.choices import Purpose
from leeward.limits.models import Limits

HOST = "localhost"
GAMES, OWN, OPEN = "games.example", "own.example", "harmless.example"
LAW, PROVIDER = "law.example", "provider.example"
HELPLINE = "childline.org.uk"
EVERY_DAY = tuple(range(7))


def page(browser: Client, name: str) -> str:
    """Return what the door says about a name."""
    answer = browser.get("/door", {"name": name})
    assert answer.status_code == 200
    return answer.content.decode()


def closed_for_everybody(compiling: compiler.Compiler, *, by: User) -> None:
    """Close one name by law and one by the provider."""
    legal.enter(COURT, [LAW], by=by, at=AT)
    stamped()
    published(PROVIDER)
    compiling.catch_up()


def window(limits: Limits, purpose: Purpose, *, by: User, at: datetime) -> None:
    """Let a window hold at a moment: it began an hour ago at most and ends within three."""
    began = at.hour * 60
    draft = services.WindowDraft(EVERY_DAY, began, (began + 180) % 1440)
    services.set_windows(limits, purpose, [draft], by=by, at=at)


def in_two_hours(at: datetime) -> datetime:
    return at + timedelta(hours=2)
