"""The provider whose item it is adds evidence to its case, and nobody else does."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from leeward.cases.models import Case, Evidence
from leeward.cases.tests.desk import AT, Answer, new_case
from leeward.core import blobs, machines
from leeward.core.models import ApiKey, Blob, Organisation, Record

pytestmark = pytest.mark.django_db
DATA = b"the bytes of a drawn shape"


@pytest.fixture
def key(harbour: Organisation) -> str:
    return machines.make_key(harbour, scopes=[ApiKey.Scope.EVIDENCE], at=AT)


@pytest.fixture
def case(harbour: Organisation) -> Case:
    return new_case(item_id="photo-7")


def add(
    client: Client, case_uid: object, *, key: str = "", data: bytes = DATA, media_type: str = "image/png"
) -> Answer:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return client.generic("POST", f"/api/v1/cases/{case_uid}/evidence", data, content_type=media_type, headers=headers)


def test_the_provider_of_the_item_adds_it_and_it_is_sealed(client: Client, case: Case, key: str) -> None:
    answer = add(client, case.uid, key=key)

    assert answer.status_code == 201
    evidence = Evidence.objects.get(case=case)
    assert answer.json()["sha256"] == evidence.sha256
    assert (evidence.kind, blobs.unseal(evidence.sealed)) == (Evidence.Kind.ITEM, DATA)
    announced = Record.objects.latest("pk")
    assert (announced.kind, announced.actor) == ("cases.EvidenceAdded", "partner:harbour")
    assert announced.facts == {"case_uid": str(case.uid), "sha256": evidence.sha256}


def test_the_same_bytes_again_are_the_same_evidence(client: Client, case: Case, key: str) -> None:
    first, again = add(client, case.uid, key=key), add(client, case.uid, key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Evidence.objects.count() == Blob.objects.count() == 1


def test_a_provider_cannot_add_to_a_case_about_the_item_of_another(client: Client, case: Case) -> None:
    quay = Organisation.objects.create(slug="quay", name="Quay Forum", kind=Organisation.Kind.PROVIDER)
    key = machines.make_key(quay, scopes=[ApiKey.Scope.EVIDENCE], at=AT)

    theirs, nowhere = add(client, case.uid, key=key), add(client, uuid.uuid4(), key=key)

    assert theirs.status_code == 404
    assert theirs.content == nowhere.content
    assert not Evidence.objects.exists()


def test_a_case_about_a_page_takes_no_items(client: Client, key: str) -> None:
    assert add(client, new_case().uid, key=key).status_code == 404
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("scope", [scope for scope in ApiKey.Scope if scope is not ApiKey.Scope.EVIDENCE])
def test_a_key_with_another_scope_does_not_open_this_door(
    client: Client, case: Case, harbour: Organisation, scope: ApiKey.Scope
) -> None:
    answer = add(client, case.uid, key=machines.make_key(harbour, scopes=[scope], at=AT))

    assert answer.status_code in {401, 403}
    assert answer["Content-Type"] == "application/problem+json"
    assert not Evidence.objects.exists()


def test_no_key_a_wrong_key_and_a_revoked_key_open_nothing(client: Client, case: Case, key: str) -> None:
    ApiKey.objects.update(revoked_at=AT)

    assert [add(client, case.uid, key=text).status_code for text in ("", "lwk_nonsense", key)] == [401, 401, 401]
    assert not Evidence.objects.exists()


def test_no_bytes_are_refused_with_a_sentence(client: Client, case: Case, key: str) -> None:
    answer = add(client, case.uid, key=key, data=b"")

    assert answer.status_code == 422
    assert answer.json()["detail"] == "Send the bytes of the item as the body."
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("data", [b"no picture at all", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", bytes(100)])
def test_what_cannot_be_hashed_by_its_look_keeps_its_exact_digests(
    client: Client, case: Case, key: str, data: bytes
) -> None:
    assert add(client, case.uid, key=key, data=data).status_code == 201

    evidence = Evidence.objects.get()
    assert (evidence.pdq, evidence.pdq_quality) == ("", None)
    assert all((evidence.md5, evidence.sha1, evidence.sha256))


def test_a_case_number_that_is_none_leads_nowhere(client: Client, key: str) -> None:
    assert add(client, "not-a-number", key=key).status_code == 404
