"""Every key of blind tokens stands in one register, in a chain of which anybody keeps a copy; nobody is given another key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc import jwk
from pytest_django import DjangoAssertNumQueries

from leeward.age.blind import keyring, register
from leeward.age.blind.models import BlindEntry, BlindKey, BlindRegister
from leeward.age.blind.statements import Statement
from leeward.age.levels import Level
from leeward.core import sequencer
from leeward.core.models import Record

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADULT, CHILD = Statement(True, 18, Level.STANDARD), Statement(False, 13, Level.ENHANCED)


def keys_of_weeks(weeks: int = 2) -> list[BlindKey]:
    """Return the keys of two statements and so many weeks, as they come to be needed."""
    times = [AT + timedelta(days=7 * week) for week in range(weeks)]
    return [keyring.current(statement, at=at) for at in times for statement in (ADULT, CHILD)]


def lines(client: Client, after: int | str = 0) -> list[dict[str, Any]]:
    """Return the register as somebody reads it who keeps a copy."""
    answer = client.get(f"/age/blind/keys/log?after={after}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jsonl")
    return [json.loads(line) for line in answer.content.splitlines()]


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def digest(line: dict[str, Any]) -> bytes:
    """Compute the digest of a line from what it says, as `docs/operator/age.md` tells it."""
    said = {name: value for name, value in line.items() if name not in {"previous", "digest", "record"}}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(octets(line["previous"]) + canonical).digest()


def test_each_key_that_is_made_stands_in_the_register_and_in_the_record_chain(client: Client) -> None:
    made = keys_of_weeks()
    sequencer.stamp(at=AT)

    found = lines(client)

    assert [line["kid"] for line in found] == [key.kid for key in made]
    assert [line["number"] for line in found] == [1, 2, 3, 4]
    assert found[1] == {
        "age_under": 13,
        "acr": "enhanced",
        "signs_from": "2026-11-23T00:00:00+00:00",
        "number": 2,
        "kid": made[1].kid,
        "previous": found[0]["digest"],
        "digest": found[1]["digest"],
        "record": 2,
    }
    record = Record.objects.get(position=2)
    assert (record.kind, record.actor) == ("blind.KeyEntered", "system")
    assert record.facts == {
        "number": 2,
        "kid": made[1].kid,
        "digest": octets(found[1]["digest"]).hex(),
        "says": "under 13 enhanced",
        "week": "2026-11-23",
    }


def test_anybody_can_compute_the_chain_from_the_keys_themselves(client: Client) -> None:
    keys_of_weeks()
    published = {key["number"]: key for key in client.get("/age/blind/keys.json").json()["keys"]}
    found = lines(client)

    assert octets(found[0]["previous"]) == hashlib.sha256(b"leeward register of blind keys 1").digest()
    assert [digest(line) for line in found] == [octets(line["digest"]) for line in found]
    assert [line["previous"] for line in found[1:]] == [line["digest"] for line in found[:-1]]
    for line in found:
        key = jwk.RSAKey.import_key({name: published[line["number"]][name] for name in ("kty", "n", "e")})
        assert key.thumbprint() == line["kid"]


def test_a_key_that_is_needed_again_is_not_entered_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    keyring.current(ADULT, at=AT)

    with django_assert_num_queries(2):
        keyring.current(ADULT, at=AT + timedelta(days=3))

    assert (BlindEntry.objects.count(), Record.objects.count()) == (1, 1)


def test_a_key_of_before_there_was_a_register_is_entered_when_it_signs(client: Client) -> None:
    key = keyring.current(ADULT, at=AT)
    BlindEntry.objects.all().delete()
    Record.objects.all().delete()
    BlindRegister.objects.all().delete()

    again = keyring.current(ADULT, at=AT)

    assert (again.kid, [line["kid"] for line in lines(client)]) == (key.kid, [key.kid])


def test_there_is_no_second_key_for_the_same_age_level_and_week() -> None:
    keyring.current(ADULT, at=AT)
    BlindKey.objects.all().delete()

    with pytest.raises(BlindKey.DoesNotExist):
        keyring.current(ADULT, at=AT)

    assert (BlindKey.objects.count(), BlindEntry.objects.count()) == (0, 1)


def test_the_register_stays_when_its_keys_are_erased(client: Client) -> None:
    keys_of_weeks()
    before = lines(client)

    keyring.forget(AT + timedelta(days=90))

    assert not BlindKey.objects.exists()
    assert lines(client) == before


def test_a_copy_is_carried_on_from_where_it_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    keys_of_weeks()
    whole = lines(client)
    monkeypatch.setattr(register, "AT_ONCE", 3)

    assert [lines(client, after) for after in (0, 3, 4, 999_999_999)] == [whole[:3], whole[3:], [], []]


@pytest.mark.parametrize("after", ["-1", "x", "", "1.5", "1" * 10, "٣"])
def test_a_number_that_is_none_is_refused(client: Client, after: str) -> None:
    assert client.get(f"/age/blind/keys/log?after={after}").status_code == 422


def changed(**values: object) -> Callable[[], object]:
    return lambda: BlindEntry.objects.filter(number=2).update(**values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed(kid="A" * 43), "the key at place 2 of the register was changed"),
        (changed(level=2), "the key at place 2 of the register was changed"),
        (changed(digest=bytes(32)), "the record chain does not say what the register says at place 2"),
        (lambda: BlindEntry.objects.filter(number=2).delete(), "the key at place 2 of the register is missing"),
        (lambda: BlindEntry.objects.filter(number=4).delete(), "a key was entered at place 4"),
        (lambda: Record.objects.filter(facts__number=3).delete(), "does not say what the register says at place 3"),
    ],
)
def test_an_audit_names_what_was_done_to_the_register(change: Callable[[], object], said: str) -> None:
    keys_of_weeks()
    sequencer.stamp(at=AT)
    whole, out = StringIO(), StringIO()
    call_command("audit", "verify", stdout=whole)
    change()

    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=out)

    assert "whole up to position 4" in whole.getvalue()
    assert said in out.getvalue()
