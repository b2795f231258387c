"""A folder that is carried by hand: numbered, each once, in order, and the very octets that were signed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from stix2validator import ValidationOptions, validate_string

from leeward.core import config, sequencer, signing
from leeward.core.models import Organisation, User
from leeward.exchange import mapping
from leeward.exchange.intake.models import Received
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import carrying, folder
from leeward.exchange.shapes.values import Unreadable
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf.models import Version
from leeward.exchange.tests.conftest import AT, digest, publish

pytestmark = pytest.mark.django_db
SENDER = "harbour.example"
type Carry = Callable[[Partner], list[folder.Manifest]]


@pytest.fixture(autouse=True)
def own_ground(settings: Any, tmp_path: Path) -> None:
    """Each test keeps its marks in a data folder of its own."""
    current = config.current()
    settings.LEEWARD = dataclasses.replace(
        current, server=dataclasses.replace(current.server, data_dir=tmp_path / "data")
    )


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """What is carried."""
    return tmp_path / "stick"


@pytest.fixture
def fern(db: None) -> Partner:
    """A partner behind an air gap, with whom everything is shared, and who is us in turn: it reads what it wrote."""
    sharing.share_everything(at=AT)
    organisation = Organisation.objects.create(slug="fern", name="Fern", kind=Organisation.Kind.HOTLINE)
    return partners.take_part(organisation, at=AT)


def given(number: int) -> None:
    publish(digest(number), source=f"decision:{number}")
    sequencer.stamp(at=AT)


def test_what_is_carried_is_what_every_partner_is_given_octet_by_octet(fern: Partner, stick: Path) -> None:
    given(1)
    given(2)

    (manifest,) = carrying.give(fern, stick, sender=SENDER)

    read, objects = folder.read(stick, 1)
    assert read == manifest
    assert [body for body in objects if b'"indicator"' in body] == [
        bytes(version.body) for version in Version.objects.order_by("place")
    ]


def test_everything_that_is_carried_is_valid_stix(fern: Partner, stick: Path) -> None:
    given(1)
    carrying.give(fern, stick, sender=SENDER)

    _, objects = folder.read(stick, 1)

    options = ValidationOptions(version="2.1")
    assert all(validate_string(octets.decode(), options).is_valid for octets in objects)


def test_only_what_is_new_is_carried_the_next_time(fern: Partner, stick: Path) -> None:
    given(1)
    carrying.give(fern, stick, sender=SENDER)
    nothing = carrying.give(fern, stick, sender=SENDER)
    given(2)
    (second,) = carrying.give(fern, stick, sender=SENDER)

    assert nothing == []
    assert (second.number, len(second.digests)) == (2, 1)


def test_a_run_that_was_cut_off_is_followed_by_the_same_octets(fern: Partner, stick: Path) -> None:
    given(1)
    carrying.give(fern, stick, sender=SENDER)
    before = (stick / "000001.json").read_bytes()
    marks = carrying.marks_of(fern)
    # As if it had ended after the file was written and before this was noted.
    cut_off = dataclasses.replace(marks, given=0, reached=0, planned=marks.reached)
    (config.current().server.data_dir / "exchange-folders" / f"{fern.uid}.json").write_text(
        json.dumps(dataclasses.asdict(cut_off))
    )
    given(2)

    first, second = carrying.give(fern, stick, sender=SENDER)

    assert (stick / "000001.json").read_bytes() == before
    assert (first.number, second.number, len(second.digests)) == (1, 2, 1)


def believe_ourselves(partner: Partner) -> None:
    """Let the partner stand for us, with our own key pinned: what we write is then what it signed."""
    key = signing.signing_keys()[0]
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": key.kid}
    partners.pin_key(partner, jwk, valid_until=None, by=User.objects.create(username="sam"), at=AT)
    partner.identity_uid = mapping.site_uid(config.current().server.site_url)
    partner.save(update_fields=["identity_uid"])


def carried(partner: Partner, stick: Path, numbers: int) -> None:
    for number in range(1, numbers + 1):
        given(number)
        carrying.give(partner, stick, sender=SENDER)


def test_what_nobody_signed_is_refused_object_by_object(fern: Partner, stick: Path) -> None:
    carried(fern, stick, 1)

    numbers, taken = carrying.take(fern, stick, lost=0, at=AT)

    assert numbers == [1]
    # Its key is not pinned here, and it is not trusted without.
    assert (taken.accepted, taken.refused) == (0, 1)
    assert not Received.objects.exists()


def test_what_the_partner_signed_waits_in_quarantine_octet_by_octet(fern: Partner, stick: Path) -> None:
    given(1)
    carrying.give(fern, stick, sender=SENDER)
    believe_ourselves(fern)

    _, taken = carrying.take(fern, stick, lost=0, at=AT)

    (received,) = Received.objects.all()
    assert (taken.accepted, taken.refused) == (1, 0)
    assert received.state == Received.State.QUARANTINE
    assert bytes(received.body) == bytes(Version.objects.get().body)


def test_each_number_is_taken_once(fern: Partner, stick: Path) -> None:
    carried(fern, stick, 2)

    first, _ = carrying.take(fern, stick, lost=0, at=AT)
    second, _ = carrying.take(fern, stick, lost=0, at=AT)

    assert (first, second) == ([1, 2], [])


def test_a_changed_octet_is_refused_and_nothing_of_its_file_is_taken(fern: Partner, stick: Path) -> None:
    carried(fern, stick, 2)
    octets = (stick / "000002.json").read_bytes()
    (stick / "000002.json").write_bytes(octets.replace(digest(2).encode(), digest(3).encode()))

    with pytest.raises(folder.Changed):
        carrying.take(fern, stick, lost=0, at=AT)

    assert carrying.marks_of(fern).taken == 1


def test_a_gap_is_told_by_its_number_after_what_stands_before_it_was_taken(fern: Partner, stick: Path) -> None:
    carried(fern, stick, 3)
    (stick / "000002.manifest.json").unlink()

    first, _ = carrying.take(fern, stick, lost=0, at=AT)
    with pytest.raises(folder.Gap) as gap:
        carrying.take(fern, stick, lost=0, at=AT)
    given_up, _ = carrying.take(fern, stick, lost=2, at=AT)

    assert first == [1]
    assert (gap.value.missing, gap.value.found) == (2, 3)
    assert given_up == [3]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "leeward-folder-1", "number": "1"}'])
def test_what_is_no_manifest_is_refused_in_words(fern: Partner, stick: Path, text: str) -> None:
    carried(fern, stick, 1)
    (stick / "000001.manifest.json").write_text(text)

    with pytest.raises(Unreadable):
        carrying.take(fern, stick, lost=0, at=AT)


def test_the_commands_carry_and_say_what_came(fern: Partner, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given(1)

    call_command("exchange_export", "--partner", "fern", "--folder", str(stick))
    call_command("exchange_import", "--partner", "fern", "--folder", str(stick))

    assert "000001.json: 7 objects" in capsys.readouterr().out


def test_the_commands_write_a_table_and_take_it_into_quarantine(fern: Partner, tmp_path: Path) -> None:
    given(1)
    table = tmp_path / "signs.csv"

    call_command("exchange_export", "--partner", "fern", "--as", "csv", "--out", str(table))
    for _ in range(2):
        call_command("exchange_import", "--file", str(table))

    (received,) = Received.objects.all()
    assert (received.value, received.state, received.partner.organisation.slug) == (digest(1), "quarantine", "folder")


def test_the_command_names_wrong_rows_and_takes_the_others(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "signs.csv"
    table.write_text(f"kind,value,category\nsha256,{digest(1)},csam\nsha256,no,csam\n")

    with pytest.raises(CommandError, match="1 rows are left out"):
        call_command("exchange_import", "--file", str(table))

    assert Received.objects.count() == 1
    assert "line 3, column 8:" in capsys.readouterr().err


def test_folders_of_categories_go_out_and_come_in(db: None, tmp_path: Path) -> None:
    (tmp_path / "ut1" / "adult").mkdir(parents=True)
    (tmp_path / "ut1" / "adult" / "domains").write_text("bad.example\n")
    (tmp_path / "ut1" / "adult" / "urls").write_text("worse.example/page\n")

    call_command("exchange_import", "--file", str(tmp_path / "ut1"), "--as", "ut1", "--category", "adult")

    assert set(Received.objects.values_list("kind", "value")) == {
        ("domain", "bad.example"),
        ("url", "http://worse.example/page"),
    }
