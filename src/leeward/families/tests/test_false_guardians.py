"""Signs of a false guardian, and what a child says itself: links are held at once, and a person looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from leeward.core.models import Organisation, User
from leeward.families import guardians
from leeward.families import services as families
from leeward.families.models import Child, Household
from leeward.families.permission import links, services, signs
from leeward.families.permission.choices import LinkState, Months, Relation, Scope, Sign, State
from leeward.families.permission.models import GuardianLink, Permission
from leeward.families.tests.conftest import ANA, AT
from leeward.families.tests.family import may, show_adult
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


def test_a_child_says_that_a_grown_up_shall_not_decide_and_it_holds_at_once(
    granted: Permission, olga: User, bea: User
) -> None:
    link = GuardianLink.objects.get()
    links.freeze(link, Sign.CHILD, actor="device", at=AT)

    assert not may(granted)
    with pytest.raises(links.LinkOnHold):
        services.grant(granted, [Scope.POST], months=Months.SIX, by=bea, at=AT)
    with pytest.raises(links.LinkOnHold):
        links.state(granted.child, by=bea, at=AT)
    links.lift(link, by=olga, at=AT)
    assert may(granted)


def test_a_person_ends_a_link_for_good(granted: Permission, olga: User, bea: User) -> None:
    link = GuardianLink.objects.get()
    links.freeze(link, Sign.CHILD, actor="device", at=AT)
    links.end(link, by=olga, at=AT)

    assert not may(granted)
    granted.refresh_from_db()
    assert granted.state == State.REVOKED
    with pytest.raises(links.LinkMoved):
        links.lift(link, by=olga, at=AT)
    with pytest.raises(links.LinkOnHold):
        links.state(granted.child, by=bea, at=AT)


@pytest.mark.parametrize("name", ["eve", "bea", "cem"])
def test_only_an_operator_decides_about_a_link(name: str, request: pytest.FixtureRequest, granted: Permission) -> None:
    person: User = request.getfixturevalue(name)
    link = GuardianLink.objects.get()
    links.freeze(link, Sign.CHILD, actor="device", at=AT)

    verbs: list[Callable[[], None]] = [
        lambda: links.lift(link, by=person, at=AT),
        lambda: links.end(link, by=person, at=AT),
        lambda: links.add_evidence(link, Relation.STAFF, by=person, at=AT),
    ]
    for verb in verbs:
        with pytest.raises(links.NotOperator):
            verb()
    link.refresh_from_db()
    assert link.state == LinkState.FROZEN


def test_one_grown_up_with_many_children_is_held_and_evidence_frees_them(
    bea: User, home: Household, olga: User
) -> None:
    children = [families.add_child(home, ANA, by=bea, at=AT) for _ in range(signs.MOST_STATED + 1)]
    for child in children[:-1]:
        links.state(child, by=bea, at=AT)
        signs.look(bea, at=AT)
    assert not GuardianLink.objects.filter(state=LinkState.FROZEN).exists()

    links.state(children[-1], by=bea, at=AT)
    signs.look(bea, at=AT)

    assert GuardianLink.objects.filter(state=LinkState.FROZEN, why=Sign.MANY).count() == len(children)
    for link in GuardianLink.objects.all():
        links.add_evidence(link, Relation.ROSTER, by=olga, at=AT)
        links.lift(link, by=olga, at=AT)
    signs.look(bea, at=AT)
    assert not GuardianLink.objects.filter(state=LinkState.FROZEN).exists()


def test_a_new_account_that_allows_much_at_once_is_held(ana: Child, bea: User) -> None:
    User.objects.filter(pk=bea.pk).update(date_joined=AT - timedelta(days=1))
    bea.refresh_from_db()
    links.state(ana, by=bea, at=AT)
    show_adult(bea)
    for number in range(signs.BULK):
        service = Organisation.objects.create(slug=f"s{number}", name="x", kind=Organisation.Kind.PROVIDER)
        asked = services.ask(ana, services.AskDraft(service, [Scope.ACCOUNT]), at=AT)
        services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)

    assert GuardianLink.objects.get().why == Sign.BULK
    assert not Permission.objects.filter(state=State.GRANTED).exists()


def test_an_old_account_may_allow_as_much(ana: Child, bea: User) -> None:
    User.objects.filter(pk=bea.pk).update(date_joined=AT - timedelta(days=30))
    bea.refresh_from_db()
    links.state(ana, by=bea, at=AT)
    show_adult(bea)
    for number in range(signs.BULK):
        service = Organisation.objects.create(slug=f"s{number}", name="x", kind=Organisation.Kind.PROVIDER)
        asked = services.ask(ana, services.AskDraft(service, [Scope.ACCOUNT]), at=AT)
        services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=AT)

    assert GuardianLink.objects.get().state == LinkState.ACTIVE


def test_when_the_child_is_taken_off_or_the_last_guardian_goes_nothing_is_allowed(
    granted: Permission, bea: User, home: Household, settle: Settle
) -> None:
    guardians.leave(home, by=bea, at=AT)
    settle()

    assert not may(granted)


def test_a_child_that_is_taken_off_may_nothing_any_more(granted: Permission, bea: User, settle: Settle) -> None:
    families.remove_child(granted.child, by=bea, at=AT)
    settle()

    assert not may(granted)
