from __future__ import annotations

import pytest
from django.test import RequestFactory

from leeward.core import machines
from leeward.core.machines import Bearer
from leeward.core.models import ApiKey, Organisation
from leeward.core.tests.lamps import AT

SCREEN, REPORT = ApiKey.Scope.SCREEN, ApiKey.Scope.REPORT


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

    assert (Bearer(SCREEN)(request), Bearer(REPORT)(request)) == (harbour, None)


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "Bearer", "Basic bGFtcA==", "Token lwk_x"])
def test_a_header_without_a_bearer_key_opens_nothing(header: str) -> None:
    request = RequestFactory().get("/api/v1/screen", headers={"authorization": header})

    assert Bearer(SCREEN)(request) is None
