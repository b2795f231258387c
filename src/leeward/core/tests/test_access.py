"""A view opens for those whom it declared and for nobody else."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from leeward.core import access, middleware
from leeward.core.models import Membership, Organisation, Role, User


def silent(request: HttpRequest) -> HttpResponse:
    raise AssertionError("a view that declared nothing was opened")


@access.public
def lobby(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@access.signed_in
def mess_room(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@access.roles(Role.REVIEWER, Role.SENIOR_REVIEWER)
def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def ask(view: access.View, user: User | AnonymousUser, *, path: str = "/somewhere/") -> HttpResponse | None:
    """Return how the guard refuses, or None where the person may come in."""
    request = RequestFactory().get(path)
    request.user = user
    request.resolver_match = ResolverMatch(view, (), {})
    guard = middleware.DenyByDefault(lambda request: HttpResponse())
    return guard.process_view(request, view, (), {})


def status(view: access.View, user: User | AnonymousUser, *, path: str = "/somewhere/") -> int | None:
    answer = ask(view, user, path=path)
    return None if answer is None else answer.status_code


def test_a_view_that_declared_nothing_opens_for_nobody(olga: User, sam: User, eve: User) -> None:
    everyone = (olga, sam, eve, AnonymousUser())
    User.objects.filter(pk=olga.pk).update(is_superuser=True, is_staff=True)
    olga.refresh_from_db()

    assert [status(silent, user) for user in everyone] == [403] * 4


def test_a_public_view_opens_for_everybody(eve: User) -> None:
    assert [status(lobby, user) for user in (eve, AnonymousUser())] == [None, None]


def test_a_view_for_the_signed_in_opens_for_any_account(eve: User, cem: User) -> None:
    assert [status(mess_room, user) for user in (eve, cem)] == [None, None]


def test_a_view_for_some_roles_opens_for_these_roles(cem: User, sam: User) -> None:
    assert [status(desk, user) for user in (cem, sam)] == [None, None]


def test_a_view_for_some_roles_stays_closed_for_others(olga: User, bea: User, eve: User) -> None:
    assert [status(desk, user) for user in (olga, bea, eve)] == [403, 403, 403]


@pytest.mark.parametrize("view", [mess_room, desk])
@pytest.mark.django_db
def test_a_stranger_is_led_to_the_sign_in_and_back(view: access.View) -> None:
    answer = ask(view, AnonymousUser())

    assert answer is not None
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/somewhere/")


@pytest.mark.django_db
def test_a_machine_that_is_a_stranger_is_refused_in_its_own_language() -> None:
    answer = ask(desk, AnonymousUser(), path="/api/somewhere")

    assert answer is not None
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_a_person_who_was_switched_off_may_nothing(cem: User) -> None:
    cem.is_active = False

    assert cem.roles == frozenset()
    assert status(desk, cem) == 403
    assert status(mess_room, cem) == 403


def test_a_role_anywhere_is_a_role_and_none_is_had_twice(cem: User, harbour: Organisation) -> None:
    elsewhere = Organisation.objects.create(slug="elsewhere", name="Elsewhere", kind=Organisation.Kind.HOTLINE)
    Membership.objects.create(user=cem, organisation=elsewhere, role=Role.REVIEWER)
    Membership.objects.create(user=cem, organisation=elsewhere, role=Role.GUARDIAN)

    assert User.objects.get(pk=cem.pk).roles == {Role.REVIEWER, Role.GUARDIAN}


def test_a_role_that_was_taken_away_is_gone_at_the_next_request(cem: User) -> None:
    Membership.objects.filter(user=cem).delete()

    assert status(desk, User.objects.get(pk=cem.pk)) == 403


def test_a_view_of_ours_cannot_pass_for_one_of_a_library(eve: User) -> None:
    request = RequestFactory().get("/api/somewhere")
    request.user = eve
    request.resolver_match = ResolverMatch(silent, (), {}, app_names=["api"], namespaces=["desk"])

    refused = middleware.DenyByDefault(lambda request: HttpResponse()).process_view(request, silent, (), {})

    assert refused is not None
    assert refused.status_code == 403


def test_a_door_says_in_words_for_whom_it_opens() -> None:
    words = [door.words for door in map(access.declared, (lobby, mess_room, desk)) if door is not None]

    assert words == ["everybody", "the signed-in", "Reviewer or Senior reviewer"]
    assert access.declared(silent) is None
