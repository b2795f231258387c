"""The family of the demo's parent: one child as a drawn picture, its phone, and a question that waits for the parent."""

from __future__ import annotations

from datetime import datetime

from leeward.age import results
from leeward.age.levels import Level
from leeward.age.methods import Outcome, State, registered
from leeward.core.models import Organisation, User
from leeward.families import codes, devices, services
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.models import Child
from leeward.families.permission import links
from leeward.families.permission import services as permission
from leeward.families.permission.choices import Scope

PARENT, SERVICE = "parent", "harbour"
ROBIN = services.ChildDraft("Robin", Picture.OWL, AgeBand.MIDDLE)
ASKED = (Scope.ACCOUNT, Scope.POST)
# By whose word the parent is a grown-up: the access provider's, with whom a grown-up has the contract.
_WAY, _GROWN_UP = "access", {18: True}


def make_family(*, at: datetime) -> None:
    """Give the account `parent` a household in which everything was done that a newcomer would do first."""
    parent = User.objects.get(username=PARENT)
    home = services.make_household(by=parent, at=at)
    robin = services.add_child(home, ROBIN, by=parent, at=at)
    draft = devices.DeviceDraft(Kind.PHONE, Sticker.KITE, Use.CHILD, robin)
    phone = devices.add_device(home, draft, by=parent, at=at)
    devices.join_device(codes.device_token(phone.token_uid), at=at)
    _let_ask(robin, parent, at=at)


def _let_ask(robin: Child, parent: User, *, at: datetime) -> None:
    """Let Robin ask for two things, of a parent who has shown to be a grown-up and said to belong to Robin."""
    grown_up = Outcome(State.SATISFIED, _GROWN_UP, Level.STANDARD)
    results.keep(parent, outcome=grown_up, method=registered()[_WAY], at=at)
    links.state(robin, by=parent, at=at)
    permission.ask(robin, permission.AskDraft(Organisation.objects.get(slug=SERVICE), ASKED), at=at)
