"""The site of a checked helpline opens at once, whatever closes it, and closes again when it is no helpline any more."""

from __future__ import annotations

import pytest

from leeward.core import never, sequencer
from leeward.core.models import Membership, Organisation, Role, User
from leeward.engines import policy
from leeward.filtering import compiler, reading
from leeward.filtering.tests.signs import AT, blocked, published
from leeward.helplines.directory import services
from leeward.helplines.directory.drafts import Facts
from leeward.helplines.directory.models import Service

pytestmark = pytest.mark.django_db
SITE = "harbourline.example"


@pytest.fixture
def nara(harbour: Organisation) -> User:
    person = User.objects.create_user(username="nara")
    Membership.objects.create(user=person, organisation=harbour, role=Role.COUNSELLOR)
    return person


def checked(by: User) -> Service:
    facts = Facts(country="MN", kind="child_helpline", name="Harbour line", contacts=(("web", f"https://www.{SITE}/"),))
    row = services.add(facts, by=by, at=AT)
    services.check(row, facts, how=Service.How.PAGE, note="", seen_at=row.changed_at, by=by, at=AT)
    row.refresh_from_db()
    sequencer.stamp(at=AT)
    return row


def retired(row: Service, by: User) -> None:
    services.retire(row, note="", seen_at=row.changed_at, by=by, at=AT)
    sequencer.stamp(at=AT)


def test_a_name_that_is_closed_opens_when_its_helpline_is_checked(compiling: compiler.Compiler, nara: User) -> None:
    published(SITE, "bad.example")
    compiling.catch_up()
    before = blocked(SITE, "bad.example")

    checked(nara)
    compiling.catch_up()

    assert before == [True, True]
    assert blocked(SITE, f"chat.{SITE}", "bad.example") == [False, False, True]


def test_it_closes_again_when_the_helpline_is_retired(compiling: compiler.Compiler, nara: User) -> None:
    published(SITE)
    row = checked(nara)
    compiling.catch_up()

    retired(row, nara)
    compiling.catch_up()

    assert blocked(SITE) == [True]


def test_nobody_can_publish_it_meanwhile(compiling: compiler.Compiler, nara: User) -> None:
    checked(nara)

    published(SITE)
    compiling.catch_up()

    assert blocked(SITE) == [False]


def test_no_list_closes_it_either(nara: User) -> None:
    checked(nara)

    with pytest.raises(policy.NeverBlocked):
        policy.blockable(SITE, never_block=never.names())


@pytest.mark.parametrize("name", [f"chat.{SITE}", f"a.chat.{SITE}"])
def test_what_is_below_opens_too_stays_open_and_closes_again(
    compiling: compiler.Compiler, nara: User, name: str
) -> None:
    published(name, f"not{SITE}")
    compiling.catch_up()
    seen = [blocked(name)]

    row = checked(nara)
    compiling.catch_up()
    seen.append(blocked(name))
    published(name, source="decision:2")
    compiling.catch_up()
    seen.append(blocked(name))
    retired(row, nara)
    compiling.catch_up()
    seen.append(blocked(name))

    assert seen == [[True], [False], [False], [True]]
    assert blocked(f"not{SITE}") == [True]


def test_what_is_below_opens_at_the_next_start(nara: User) -> None:
    first = compiler.Compiler(reading.table_path())
    published(f"chat.{SITE}")
    first.catch_up()
    first.close()
    before = blocked(f"chat.{SITE}")

    checked(nara)
    compiler.Compiler(reading.table_path()).close()

    assert (before, blocked(f"chat.{SITE}")) == ([True], [False])
