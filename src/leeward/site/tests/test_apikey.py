"""An operator makes keys for machines at the command line."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation, User

pytestmark = pytest.mark.django_db


def made(*arguments: str) -> str:
    out = io.StringIO()
    call_command("apikey", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_key_is_printed_once_and_opens_its_doors(harbour: Organisation) -> None:
    key = made("harbour", "--scope", "report", "--scope", "screen")

    opens = [scope for scope in ApiKey.Scope if machines.holder(key, scope=scope)]
    assert opens == [ApiKey.Scope.SCREEN, ApiKey.Scope.REPORT]
    assert key not in str(ApiKey.objects.values().get())


def test_a_trusted_flagger_is_added_with_its_first_key() -> None:
    key = made("beacon", "--name", "Beacon Hotline", "--kind", "hotline", "--scope", "flag")

    holder = machines.holder(key, scope=ApiKey.Scope.FLAG)
    assert holder is not None
    assert (holder.name, holder.kind) == ("Beacon Hotline", Organisation.Kind.HOTLINE)


def test_a_typing_error_adds_no_organisation(harbour: Organisation) -> None:
    with pytest.raises(CommandError, match="give --name and --kind"):
        made("harbuor", "--scope", "report")

    assert (Organisation.objects.count(), ApiKey.objects.count()) == (1, 0)


def test_a_door_that_there_is_not_is_refused(harbour: Organisation) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        made("harbour", "--scope", "everything")


def test_a_reviewer_gets_a_key_of_their_own(cem: User, harbour: Organisation) -> None:
    key = made("--person", "cem", "--scope", "desk")

    assert machines.person_of(key, scope=ApiKey.Scope.DESK) == cem
    assert [scope for scope in ApiKey.Scope if machines.holder(key, scope=scope)] == []
    assert ApiKey.objects.get().organisation == harbour


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["harbour", "--scope", "desk"], "belong together"),
        (["--person", "cem", "--scope", "screen"], "belong together"),
        (["--person", "cem", "--scope", "desk", "--scope", "screen"], "has no other scope"),
        (["harbour", "--person", "cem", "--scope", "desk"], "not both"),
        (["--scope", "screen"], "name the organisation"),
        (["--person", "nobody", "--scope", "desk"], "no active account"),
        (["--person", "", "--scope", "desk"], "no active account"),
        (["--person", "eve", "--scope", "desk"], "no role at the desk"),
        (["--person", "bea", "--scope", "desk"], "no role at the desk"),
    ],
)
def test_a_persons_key_is_for_the_desk_alone_and_for_its_people(
    arguments: list[str], words: str, cem: User, eve: User, bea: User
) -> None:
    with pytest.raises(CommandError, match=words):
        made(*arguments)

    assert not ApiKey.objects.exists()


def test_somebody_who_was_switched_off_gets_no_key(cem: User) -> None:
    User.objects.update(is_active=False)

    with pytest.raises(CommandError, match="no active account"):
        made("--person", "cem", "--scope", "desk")
