from __future__ import annotations

import pytest
from django.test import RequestFactory

from leeward.core import machines, problems
from leeward.core.machines import Bearer, PersonalKey
from leeward.core.models import ApiKey, Organisation, Role, User
from leeward.core.tests.lamps import AT

SCREEN, REPORT, DESK = ApiKey.Scope.SCREEN, ApiKey.Scope.REPORT, ApiKey.Scope.DESK


def test_a_key_opens_the_doors_in_its_scopes_and_no_other(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=[SCREEN], at=AT)

    answers = {scope: machines.holder(key, scope=scope) for scope in ApiKey.Scope}

    assert answers == {**dict.fromkeys(ApiKey.Scope), SCREEN: harbour}


def test_a_key_may_have_several_scopes(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=[SCREEN, REPORT], at=AT)

    assert machines.holder(key, scope=SCREEN) == machines.holder(key, scope=REPORT) == harbour


def test_a_revoked_key_opens_nothing(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=[SCREEN], at=AT)
    ApiKey.objects.update(revoked_at=AT)

    assert machines.holder(key, scope=SCREEN) is None


@pytest.mark.parametrize("text", ["", "lwk_", "lwk_" + "x" * 43, "x" * 10_000, "lwk_\ud83d\ude00é"])
def test_an_unknown_key_opens_nothing(harbour: Organisation, text: str) -> None:
    machines.make_key(harbour, scopes=list(ApiKey.Scope), at=AT)

    text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    assert machines.holder(text, scope=SCREEN) is None


def test_the_text_of_a_key_is_not_kept(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=[SCREEN], at=AT)

    kept = ApiKey.objects.values().get()
    assert key not in str(kept)
    assert len(bytes(kept["digest"])) == 32


def test_two_keys_are_never_the_same(harbour: Organisation) -> None:
    assert machines.make_key(harbour, scopes=[SCREEN], at=AT) != machines.make_key(harbour, scopes=[SCREEN], at=AT)


def test_a_door_asks_for_the_scope_that_it_was_given(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=[SCREEN], at=AT)
    request = RequestFactory().get("/api/v1/screen", headers={"authorization": f"Bearer {key}"})

    assert Bearer(SCREEN)(request) == harbour
    with pytest.raises(problems.Refused, match="«report»") as refused:
        Bearer(REPORT)(request)
    assert refused.value.status == 403


def test_whoever_has_no_key_is_not_told_which_scope_a_door_wants(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=[SCREEN], at=AT)
    ApiKey.objects.update(revoked_at=AT)

    for text in (key, "lwk_unknown"):
        assert Bearer(REPORT)(RequestFactory().get("/", headers={"authorization": f"Bearer {text}"})) is None


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "Bearer", "Basic bGFtcA==", "Token lwk_x"])
def test_a_header_without_a_bearer_key_opens_nothing(header: str) -> None:
    request = RequestFactory().get("/api/v1/screen", headers={"authorization": header})

    assert Bearer(SCREEN)(request) is None


def test_a_personal_key_opens_as_its_person_and_no_door_of_a_machine(harbour: Organisation, cem: User) -> None:
    key = machines.make_key(harbour, scopes=list(ApiKey.Scope), at=AT, person=cem)

    assert machines.person_of(key, scope=DESK) == cem
    assert [machines.holder(key, scope=scope) for scope in ApiKey.Scope] == [None] * len(ApiKey.Scope)


def test_a_machines_key_is_no_person_whatever_its_scopes_say(harbour: Organisation) -> None:
    key = machines.make_key(harbour, scopes=list(ApiKey.Scope), at=AT)

    assert machines.person_of(key, scope=DESK) is None


@pytest.mark.parametrize("change", [{"revoked_at": AT}, {"scopes": [SCREEN.value]}])
def test_a_personal_key_that_was_revoked_or_lacks_the_scope_opens_nothing(
    harbour: Organisation, cem: User, change: dict[str, object]
) -> None:
    key = machines.make_key(harbour, scopes=[DESK], at=AT, person=cem)
    ApiKey.objects.update(**change)

    assert machines.person_of(key, scope=DESK) is None


def test_the_key_of_somebody_who_was_switched_off_opens_nothing(harbour: Organisation, cem: User) -> None:
    key = machines.make_key(harbour, scopes=[DESK], at=AT, person=cem)
    User.objects.update(is_active=False)

    assert machines.person_of(key, scope=DESK) is None


def test_a_door_for_people_asks_for_the_roles_that_they_hold_now(harbour: Organisation, cem: User) -> None:
    key = machines.make_key(harbour, scopes=[DESK], at=AT, person=cem)
    request = RequestFactory().get("/", headers={"authorization": f"Bearer {key}"})
    door = PersonalKey(DESK, frozenset({Role.REVIEWER}))

    assert door(request) == cem
    cem.membership_set.all().delete()
    with pytest.raises(problems.Refused) as refused:
        door(request)
    assert refused.value.status == 403
