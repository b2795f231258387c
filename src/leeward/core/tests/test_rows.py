"""A row that is inserted and found without the ORM is the same row that the ORM writes and reads."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, models

from leeward.core import rows
from leeward.core.models import Blob, Delivery, Organisation, Record

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)


def record(kind: str = "tests.Told") -> Record:
    return Record(kind=kind, facts={"number": 7, "words": ["ä", None]}, actor="system", at=AT)


def delivery() -> Delivery:
    return Delivery(task="tests.lamp", arguments={"uid": "7"}, created_at=AT, due_at=AT)


def blob() -> Blob:
    return Blob(
        sha256="00" * 32, size_bytes=7, media_type="image/png", key_version="1", wrapped_key=b"\0\1", created_at=AT
    )


@pytest.mark.parametrize("make", [record, delivery, blob])
def test_what_is_inserted_reads_as_it_was(make: type[models.Model]) -> None:
    row = make()

    rows.insert(row)

    stored = type(row)._default_manager.get(pk=row.pk)
    assert {field.attname: getattr(stored, field.attname) for field in row._meta.concrete_fields} == {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields
    }


def test_a_row_is_found_as_the_orm_finds_it() -> None:
    made = [delivery(), delivery()]
    for row in made:
        rows.insert(row)

    found = rows.find(Delivery, "uid", str(made[1].uid))

    assert found == made[1]
    assert (found.arguments, found.created_at, found.uid) == (made[1].arguments, AT, made[1].uid)
    assert not found._state.adding


def test_what_is_not_there_is_said_so() -> None:
    with pytest.raises(Delivery.DoesNotExist):
        rows.find(Delivery, "uid", str(uuid.uuid4()))


def test_a_second_row_of_a_unique_name_is_left_out_or_refused() -> None:
    rows.insert(Organisation(slug="quay", name="Quay Forum", kind=Organisation.Kind.PROVIDER))

    assert rows.insert_new(Organisation(slug="pier", name="Pier", kind=Organisation.Kind.PROVIDER))
    assert not rows.insert_new(Organisation(slug="quay", name="Another", kind=Organisation.Kind.PROVIDER))
    assert Organisation.objects.get(slug="quay").name == "Quay Forum"
    with pytest.raises(IntegrityError):
        rows.insert(Organisation(slug="quay", name="Another", kind=Organisation.Kind.PROVIDER))
