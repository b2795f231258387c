"""A prepared query finds what the query that it was made of finds, whatever is asked."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import BigIntegerField, Exists, OuterRef, UUIDField
from django.test.utils import CaptureQueriesContext

from leeward.core.models import Membership, Organisation, Role
from leeward.core.prepared import Given, Prepared

pytestmark = pytest.mark.django_db

MADE_UP = UUID(int=7)


@pytest.fixture
def quays() -> list[Organisation]:
    return [
        Organisation.objects.create(slug=slug, name=slug, kind=Organisation.Kind.HELPLINE) for slug in ("one", "two")
    ]


def by_uid() -> Prepared:
    return Prepared(
        lambda: Organisation.objects.filter(uid=Given("uid", UUIDField()), kind="helpline").values_list("pk", "slug")
    )


def test_each_call_finds_the_row_of_its_own_value(quays: list[Organisation]) -> None:
    prepared = by_uid()

    found = [prepared.first(uid=quay.uid) for quay in (*quays, *quays)]

    assert found == [(quay.pk, quay.slug) for quay in (*quays, *quays)]
    assert prepared.first(uid=uuid4()) is None


def test_a_value_inside_of_another_query_is_found_too(quays: list[Organisation], django_user_model: type) -> None:
    person = django_user_model.objects.create_user(username="nara")  # type: ignore[attr-defined]  # every model has it
    Membership.objects.create(user=person, organisation=quays[0], role=Role.COUNSELLOR)
    roles = Membership.objects.filter(organisation=OuterRef("pk"), user=Given("person", BigIntegerField()))
    prepared = Prepared(lambda: Organisation.objects.filter(Exists(roles)).values_list("slug"))

    assert prepared.first(person=person.pk) == ("one",)
    assert prepared.first(person=person.pk + 1) is None


def test_one_statement_is_sent_and_its_text_is_made_once(quays: list[Organisation]) -> None:
    made: list[int] = []

    def make() -> object:
        made.append(1)
        return Organisation.objects.filter(uid=Given("uid", UUIDField())).values_list("pk")

    prepared = Prepared(make)  # type: ignore[arg-type]  # a query, seen as an object
    with CaptureQueriesContext(connection) as queries:
        prepared.first(uid=quays[0].uid)
        prepared.first(uid=MADE_UP)

    assert (len(queries), len(made)) == (2, 1)


def test_a_value_that_is_missing_or_of_another_kind_is_an_error(quays: list[Organisation]) -> None:
    with pytest.raises(KeyError):
        by_uid().first(person=1)
    with pytest.raises(Exception, match="not-a-uid"):
        by_uid().first(uid="not-a-uid")
