"""Keys of a desk: who may begin, give, take away, lend and bring back. What is sealed here is noise; browsers judge the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from leeward.core.models import Membership, Organisation, Record, Role, User
from leeward.helplines import octets
from leeward.helplines.conversations.models import Desk, DeskKey
from leeward.helplines.custody import services as custody
from leeward.helplines.custody.models import WRAPPED_BYTES, KeyCopy, KeyShare, PersonKey
from leeward.helplines.shifts.models import Seat
from leeward.helplines.tests.conftest import NOW

pytestmark = pytest.mark.django_db
SEALED = bytes(80)


@pytest.fixture
def bat(harbour: Organisation) -> User:
    """A second supervisor."""
    person = User.objects.create_user(username="bat")
    Membership.objects.create(user=person, organisation=harbour, role=Role.SUPERVISOR)
    return person


@pytest.fixture
def desk(nara: User, tuul: User, bat: User) -> Desk:
    """A desk without a key, at which two supervisors and a counsellor sit."""
    desk = Desk.objects.create(name="Harbour desk", languages=["en"], made_at=NOW)
    for person in (nara, tuul, bat):
        Seat.objects.create(desk=desk, person=person, alias=person.username.title())
    return desk


def own(person: User) -> PersonKey:
    return custody.make_own(person, public=bytes([person.pk % 256]) * 32, wrapped=bytes(WRAPPED_BYTES), at=NOW)


def begin(desk: Desk, *, by: User, copies: list[int], shares: list[tuple[int, int]] = [], public: int = 200) -> DeskKey:  # noqa: B006  # never changed
    return custody.begin(
        desk,
        by=by,
        public=bytes([public]) * 32,
        copies=[custody.Copy(holder, SEALED) for holder in copies],
        shares=[custody.Share(holder, place, SEALED) for holder, place in shares],
        at=NOW,
    )


def holders(key: DeskKey) -> set[str]:
    return set(KeyCopy.objects.filter(desk_key=key).values_list("holder__person__username", flat=True))


def test_a_supervisor_begins_the_key_and_gives_it_to_a_counsellor(desk: Desk, tuul: User, nara: User) -> None:
    key = begin(desk, by=tuul, copies=[own(tuul).pk])

    custody.give(key, custody.Copy(own(nara).pk, SEALED), by=tuul, at=NOW)

    assert holders(key) == {"tuul", "nara"}
    assert Record.objects.filter(kind="helplines.DeskKeyMoved").count() == 2


def test_a_new_key_retires_the_old_one_which_stays(desk: Desk, tuul: User) -> None:
    mine = own(tuul).pk
    old = begin(desk, by=tuul, copies=[mine])

    new = begin(desk, by=tuul, copies=[mine], public=201)

    assert desk.keys.get(retired_at=None) == new
    assert holders(old) == {"tuul"}


def test_only_a_supervisor_of_the_desk_begins_a_key(desk: Desk, nara: User, bat: User, eve: User) -> None:
    mine = own(nara).pk
    Seat.objects.filter(person=bat).delete()
    for person, holder in ((nara, mine), (bat, own(bat).pk), (eve, mine)):
        with pytest.raises(custody.NotForYou):
            begin(desk, by=person, copies=[holder])

    assert not DeskKey.objects.exists()


def test_a_key_that_its_maker_could_not_open_is_refused(desk: Desk, tuul: User, nara: User) -> None:
    own(tuul)

    with pytest.raises(custody.NotForYou):
        begin(desk, by=tuul, copies=[own(nara).pk])


def test_nobody_without_a_seat_is_given_a_key(desk: Desk, tuul: User, oyun: User) -> None:
    key = begin(desk, by=tuul, copies=[own(tuul).pk])

    with pytest.raises(custody.NotAtThisDesk):
        custody.give(key, custody.Copy(own(oyun).pk, SEALED), by=tuul, at=NOW)


def test_who_does_not_hold_a_key_cannot_give_it(desk: Desk, tuul: User, bat: User, nara: User) -> None:
    key, other = begin(desk, by=tuul, copies=[own(tuul).pk]), own(nara).pk
    own(bat)
    for person in (bat, nara):
        with pytest.raises(custody.NotForYou):
            custody.give(key, custody.Copy(other, SEALED), by=person, at=NOW)

    assert holders(key) == {"tuul"}


@pytest.mark.parametrize("shares", [["tuul"], ["tuul", "nara"], ["tuul", "tuul"], ["same place"]])
def test_shares_go_to_two_supervisors_at_least_each_with_a_place(
    desk: Desk, tuul: User, bat: User, nara: User, shares: list[str]
) -> None:
    ids = {person.username: own(person).pk for person in (tuul, bat, nara)}
    given = [(ids[name], place) for place, name in enumerate(shares, 1) if name in ids]
    if shares == ["same place"]:
        given = [(ids["tuul"], 1), (ids["bat"], 1)]

    with pytest.raises(custody.SharesDoNotFit):
        begin(desk, by=tuul, copies=[ids["tuul"]], shares=given)

    assert not DeskKey.objects.exists()


def test_a_lost_key_comes_back_with_a_lent_share_and_not_without(desk: Desk, tuul: User, bat: User) -> None:
    one, two = own(tuul).pk, own(bat).pk
    key = begin(desk, by=tuul, copies=[one], shares=[(one, 1), (two, 2)])
    KeyCopy.objects.all().delete()
    with pytest.raises(custody.NotForYou):
        custody.bring_back(key, custody.Copy(two, SEALED), by=bat, at=NOW)

    custody.lend_share(key, custody.Share(two, 1, SEALED), by=tuul, at=NOW)
    custody.bring_back(key, custody.Copy(two, SEALED), by=bat, at=NOW)

    assert holders(key) == {"bat"}
    # What was lent went back.
    assert sorted(KeyShare.objects.values_list("holder", "place")) == sorted([(one, 1), (two, 2)])


def test_a_share_that_is_not_ones_own_cannot_be_lent(desk: Desk, tuul: User, bat: User, nara: User) -> None:
    one, two = own(tuul).pk, own(bat).pk
    key = begin(desk, by=tuul, copies=[one], shares=[(one, 1), (two, 2)])
    three = own(nara).pk
    for by, share in ((bat, custody.Share(one, 1, SEALED)), (nara, custody.Share(two, 1, SEALED))):
        with pytest.raises(custody.NotForYou):
            custody.lend_share(key, share, by=by, at=NOW)
    with pytest.raises(custody.NotAtThisDesk):
        custody.lend_share(key, custody.Share(three, 1, SEALED), by=tuul, at=NOW)

    assert KeyShare.objects.count() == 2


def test_a_copy_is_taken_away_and_the_last_one_stays(desk: Desk, tuul: User, nara: User) -> None:
    mine, other = own(tuul).pk, own(nara).pk
    key = begin(desk, by=tuul, copies=[mine, other])

    custody.take_away(key, holder=other, by=tuul, at=NOW)
    custody.take_away(key, holder=other, by=tuul, at=NOW)
    with pytest.raises(custody.NotForYou):
        custody.take_away(key, holder=mine, by=tuul, at=NOW)

    assert holders(key) == {"tuul"}


def test_a_lost_passphrase_begins_anew_and_takes_copies_and_shares_with_it(desk: Desk, tuul: User, bat: User) -> None:
    one, two = own(tuul).pk, own(bat).pk
    key = begin(desk, by=tuul, copies=[one, two], shares=[(one, 1), (two, 2)])
    with pytest.raises(custody.HasKey):
        own(bat)

    custody.replace_own(bat, public=bytes(32), wrapped=bytes(WRAPPED_BYTES), at=NOW)

    assert (holders(key), KeyShare.objects.count()) == ({"tuul"}, 1)


# --- Doors ---------------------------------------------------------------------------------------


def signed_in(client: Client, person: User) -> Client:
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(value: bytes) -> str:
    return octets.text_of(value)


def doors(desk: Desk, key: DeskKey, holder: int) -> list[tuple[str, dict[str, Any]]]:
    copy = {"holder": holder, "sealed": text(SEALED)}
    begun = {"public": text(bytes(32)), "copies": json.dumps([copy]), "shares": "[]"}
    base = "/helpline/keys/"
    return [
        (f"{base}{desk.uid}/begin", begun),
        (f"{base}{key.pk}/give", copy),
        (f"{base}{key.pk}/take", {"holder": holder}),
        (f"{base}{key.pk}/lend", {**copy, "place": 1}),
        (f"{base}{key.pk}/back", copy),
    ]


def test_eve_and_people_of_other_desks_get_nothing(desk: Desk, tuul: User, oyun: User, eve: User) -> None:
    mine = own(tuul).pk
    key = begin(desk, by=tuul, copies=[mine])

    for person, status in ((eve, 403), (oyun, 404)):
        client = signed_in(Client(headers={"host": "localhost"}), person)
        assert {client.post(*door).status_code for door in doors(desk, key, mine)} == {status}
    shown = signed_in(Client(headers={"host": "localhost"}), oyun)
    assert "Harbour desk" not in shown.get("/helpline/keys/").content.decode()
    assert shown.get("/helpline/keys/mine.json").json()["copies"] == []


def test_a_counsellor_reads_and_changes_nothing(client: Client, desk: Desk, tuul: User, nara: User) -> None:
    mine = own(tuul).pk
    key = begin(desk, by=tuul, copies=[mine])
    signed_in(client, nara)

    assert client.get("/helpline/keys/").status_code == 200
    assert {client.post(*door).status_code for door in doors(desk, key, mine)} == {409}
    assert (DeskKey.objects.count(), holders(key)) == (1, {"tuul"})


def test_the_doors_do_what_the_services_do(client: Client, desk: Desk, tuul: User) -> None:
    signed_in(client, tuul)
    made = client.post("/helpline/keys/own", {"public": text(bytes(32)), "wrapped": text(bytes(WRAPPED_BYTES))})
    mine = PersonKey.objects.get(person=tuul)
    copy = {"holder": mine.pk, "sealed": text(SEALED)}
    begun = client.post(
        f"/helpline/keys/{desk.uid}/begin", {"public": text(bytes([9]) * 32), "copies": json.dumps([copy])}
    )

    assert (made.status_code, begun.status_code) == (204, 204)
    assert client.get("/helpline/keys/mine.json").json()["copies"] == [
        {"desk": str(desk.uid), "public": text(bytes([9]) * 32), "sealed": text(SEALED)}
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"public": "AAAA", "copies": "[]"},
        {"public": text(bytes(32)), "copies": "{}"},
        {"public": text(bytes(32)), "copies": "nonsense"},
        {"public": text(bytes(32)), "copies": "[1]"},
        {"public": text(bytes(32)), "copies": '[{"holder": 1, "sealed": "AA"}]'},
        {"public": text(bytes(32)), "copies": json.dumps([{"holder": 1}] * 300)},
    ],
)
def test_what_is_no_key_is_refused_and_changes_nothing(
    client: Client, desk: Desk, tuul: User, body: dict[str, str]
) -> None:
    signed_in(client, tuul)

    answer = client.post(f"/helpline/keys/{desk.uid}/begin", body)

    assert answer.status_code == 422
    assert "nothing was changed" in answer.json()["words"]
    assert not DeskKey.objects.exists()
