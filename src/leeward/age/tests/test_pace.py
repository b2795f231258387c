"""Nobody tries the codes of a list out: an address has so many answers in a minute, and a class has enough of them."""

from __future__ import annotations

from django.test import Client

from leeward.age.models import AgeTransaction, Requirement
from leeward.age.tests.test_visit import begun

A_MINUTE = 60


def answered(client: Client, step: str, *, address: str, claimed: str = "") -> int:
    return client.post(step, {"code": "x"}, REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=claimed).status_code


def test_after_sixty_answers_in_a_minute_an_address_waits_and_another_one_does_not(
    client: Client, adults: Requirement, roster: None
) -> None:
    step = begun(client, adults.slug, "school")
    admitted = [answered(client, step, address="192.0.2.1") for _ in range(A_MINUTE)]

    after = client.post(step, {"code": "x"}, REMOTE_ADDR="192.0.2.1")

    assert admitted == [422] * A_MINUTE
    assert (after.status_code, b"Wait a minute" in after.content) == (429, True)
    assert answered(client, step, address="192.0.2.2") == 422
    assert AgeTransaction.objects.get().state == "pending"


def test_an_address_that_a_visitor_only_claims_gives_no_answers_more(
    client: Client, adults: Requirement, roster: None
) -> None:
    step = begun(client, adults.slug, "school")
    for number in range(A_MINUTE):
        answered(client, step, address="192.0.2.1", claimed=f"198.51.100.{number}")

    assert answered(client, step, address="192.0.2.1", claimed="198.51.100.200") == 429
