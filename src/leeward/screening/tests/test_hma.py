"""Whoever asked Meta's Hasher-Matcher-Actioner before asks us the same way, and gets answers of the same shape."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pydantic import BaseModel, ConfigDict
from threatexchange.extensions.tlsh.text_tlsh import TextTLSHSignal
from threatexchange.signal_type.pdq.signal import PdqSignal

from leeward.core.models import Organisation, User
from leeward.engines import hashing
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports.models import Report
from leeward.screening import holds, index, tallies
from leeward.screening.models import Hold, Match, Rule, Tally
from leeward.screening.tests.uploads import AT, archive, digest_of, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
PICTURE, OTHER = encoded(waves(1)), encoded(waves(2))
COPY = encoded(waves(1).resize((300, 225)), "JPEG", quality=70)
PLAIN = encoded(Image.new("RGB", (300, 200), "white"))
WORDS = "The boats of the harbour come home before the evening, and the lamps are lit one after the other. " * 3
PDQ = hashing.hash_picture(PICTURE).hex
CANARY = "kanarienvogel"


class HmaMatch(BaseModel):
    """One match as HMA's own schema has it: MatchWithDistance of schemas/matching.py. Nothing more, no other types."""

    model_config = ConfigDict(strict=True, extra="forbid")

    bank_content_id: int
    distance: str


def matches(banks: dict[str, list[Any]]) -> dict[str, list[HmaMatch]]:
    return {name: [HmaMatch(**match) for match in found] for name, found in banks.items()}


def send(
    client: Client,
    path: str,
    data: bytes = PICTURE,
    *,
    part: str = "photo",
    media_type: str = "image/png",
    item_id: str = "",
) -> Any:
    upload = SimpleUploadedFile("upload.png", data, content_type=media_type)
    return client.post(f"/hma/{path}", {part: upload}, headers={"X-Item-Id": item_id} if item_id else {})


def look_up(client: Client, signal: str, *, signal_type: str = "pdq", door: str = "lookup", **also: str) -> Any:
    return client.get(f"/hma/m/{door}", {"signal_type": signal_type, "signal": signal, **also})


def test_a_photo_is_hashed_as_threatexchange_hashes_it(machine: Client) -> None:
    digests = hashing.digests(PICTURE)

    answer = send(machine, "h/hash")

    assert answer.json() == {
        "pdq": PdqSignal.hash_from_bytes(PICTURE),
        "md5": digests.md5,
        "sha1": digests.sha1,
        "sha256": digests.sha256,
    }


def test_only_the_hashes_that_were_asked_for_are_made(machine: Client) -> None:
    assert list(send(machine, "h/hash?types=md5", b"no picture at all").json()) == ["md5"]
    assert list(send(machine, "h/hash", part="video", media_type="video/mp4").json()) == ["video_md5", "video_sha256"]


def test_a_text_is_hashed_as_threatexchange_hashes_it(machine: Client) -> None:
    answer = send(machine, "h/hash", WORDS.encode(), part="text", media_type="text/plain")

    assert answer.json() == {"text_tlsh": TextTLSHSignal.hash_from_str(WORDS)}


def test_a_picture_with_too_little_in_it_has_an_empty_hash_that_matches_nothing(machine: Client) -> None:
    published(look_of(PLAIN))

    assert send(machine, "h/hash?types=pdq", PLAIN).json() == {"pdq": ""}
    assert look_up(machine, "").json() == {}
    assert look_up(machine, "", door="raw_lookup").json() == {"matches": []}
    assert send(machine, "m/lookup?types=pdq", PLAIN).json() == {"pdq": {}}


def test_a_signal_finds_its_bank_and_the_number_of_the_sign(machine: Client) -> None:
    [sign] = published(look_of(PICTURE))

    answer = look_up(machine, PDQ)

    assert matches(answer.json()) == {"SEXTORTION": [HmaMatch(bank_content_id=sign.pk, distance="0")]}


def test_a_signal_that_is_not_listed_finds_nothing(machine: Client) -> None:
    published(look_of(PICTURE))
    other = hashing.hash_picture(OTHER).hex

    assert look_up(machine, other).json() == {}
    assert look_up(machine, other, door="raw_lookup").json() == {"matches": []}


def test_a_raw_look_up_gives_numbers_and_distances_where_they_are_asked_for(machine: Client) -> None:
    [sign] = published(look_of(PICTURE))
    near = f"{int(PDQ, 16) ^ 0b111:064x}"

    plain = look_up(machine, near, door="raw_lookup").json()
    far = look_up(machine, near, door="raw_lookup", include_distance="True").json()

    assert plain == {"matches": [sign.pk]}
    assert far == {"matches": [{"bank_content_id": sign.pk, "distance": "3"}]}


@pytest.mark.parametrize("name", ["md5", "video_md5"])
def test_what_is_equal_or_is_not_has_no_distance(machine: Client, name: str) -> None:
    [sign] = published(digest_of(PICTURE))

    found = look_up(machine, hashing.digests(PICTURE).md5.upper(), signal_type=name).json()

    assert matches(found) == {"OTHER": [HmaMatch(bank_content_id=sign.pk, distance="-")]}


def test_an_address_is_looked_up_and_not_fetched(machine: Client) -> None:
    [sign] = published(indicators.Sign(Kind.URL, "https://bad.example/a/", Category.CSAM))

    found = look_up(machine, "https://bad.example/a/b?c=1", signal_type="url").json()

    assert found == {"CSAM": [{"bank_content_id": sign.pk, "distance": "-"}]}


def test_a_copy_of_a_text_is_found(machine: Client) -> None:
    [sign] = published(indicators.Sign(Kind.TLSH, TextTLSHSignal.hash_from_str(WORDS), Category.BULLYING))
    changed = TextTLSHSignal.hash_from_str(WORDS.replace("boats", "ships"))

    [match] = matches(look_up(machine, changed, signal_type="text_tlsh").json())["BULLYING_REVIEW"]

    assert match.bank_content_id == sign.pk
    assert 0 < int(match.distance) <= 30


def test_what_a_rule_only_wants_looked_at_is_in_a_bank_of_its_own(machine: Client) -> None:
    published(dataclasses.replace(look_of(PICTURE), confidence=10), source="decision:1")
    published(look_of(PICTURE), source="decision:2")

    assert set(look_up(machine, PDQ).json()) == {"SEXTORTION", "SEXTORTION_REVIEW"}


def test_only_the_banks_that_were_asked_for_are_answered(machine: Client) -> None:
    [first] = published(look_of(PICTURE), source="decision:1")
    [second] = published(dataclasses.replace(look_of(PICTURE), category=Category.CSAM), source="decision:2")

    assert set(look_up(machine, PDQ, banks="CSAM,OTHER").json()) == {"CSAM"}
    assert look_up(machine, PDQ, door="raw_lookup", banks="CSAM").json() == {"matches": [second.pk]}
    assert look_up(machine, PDQ, door="raw_lookup").json() == {"matches": [first.pk, second.pk]}
    assert look_up(machine, PDQ, banks="NONE").json() == {}


def test_a_known_file_is_found_by_its_look_and_by_its_bytes(machine: Client) -> None:
    [look] = published(look_of(PICTURE), source="decision:1")
    [bytes_] = published(digest_of(PICTURE), source="decision:2")

    found = send(machine, "m/lookup").json()

    assert set(found) == {"pdq", "md5", "sha1", "sha256"}
    assert [match.bank_content_id for match in matches(found["pdq"])["SEXTORTION"]] == [look.pk]
    assert [match.bank_content_id for match in matches(found["md5"])["OTHER"]] == [bytes_.pk]
    assert found["sha1"] == found["sha256"] == {}


def test_what_was_met_is_not_left_out_because_another_hash_was_asked_for(machine: Client) -> None:
    published(digest_of(PICTURE))

    assert set(send(machine, "m/lookup?types=pdq").json()) == {"pdq", "md5"}


def test_a_video_is_known_by_its_md5_under_the_name_that_hma_has_for_it(machine: Client) -> None:
    published(digest_of(PICTURE))

    assert set(send(machine, "m/lookup", part="video", media_type="video/mp4").json()["video_md5"]) == {"OTHER"}


def test_what_is_inside_an_archive_is_found(machine: Client) -> None:
    published(look_of(PICTURE))

    found = send(machine, "m/lookup", archive(PICTURE), part="file", media_type="application/zip").json()

    assert set(found["pdq"]) == {"SEXTORTION"}


def test_a_text_that_is_sent_is_compared_as_a_text_whatever_it_is_called(machine: Client) -> None:
    published(indicators.Sign(Kind.TLSH, TextTLSHSignal.hash_from_str(WORDS), Category.BULLYING))
    copy = WORDS.replace("boats", "ships").encode()

    found = send(machine, "m/lookup", copy, part="text", media_type="application/octet-stream").json()

    assert set(found["text_tlsh"]) == {"BULLYING_REVIEW"}


def test_a_clear_file_matches_nothing_and_leaves_nothing(machine: Client) -> None:
    published(look_of(PICTURE))

    answer = send(machine, "m/lookup", OTHER)

    assert (answer.status_code, answer.json()) == (200, {"pdq": {}, "md5": {}, "sha1": {}, "sha256": {}})
    assert not Match.objects.exists()
    assert not Hold.objects.exists()


def test_a_known_file_is_kept_as_a_match_with_a_case_as_at_every_other_door(
    machine: Client, harbour: Organisation
) -> None:
    [sign] = published(look_of(PICTURE))

    send(machine, "m/lookup", COPY, media_type="image/jpeg", item_id="upload-7")

    match = Match.objects.get()
    assert (match.organisation, match.indicator, match.item_id) == (harbour, sign, "upload-7")
    assert match.report_uid == Report.objects.get().uid


def test_every_question_is_counted(machine: Client, harbour: Organisation) -> None:
    published(look_of(PICTURE))
    look_up(machine, PDQ)
    look_up(machine, hashing.hash_picture(OTHER).hex, door="raw_lookup")
    send(machine, "m/lookup", OTHER)

    tallies.flush(AT)

    counted = Tally.objects.filter(organisation=harbour).values_list("answer", "count")
    assert dict(counted) == {"known": 1, "clear": 2}


CANNOT_BE_JUDGED = pytest.mark.parametrize(
    "data", [PICTURE[:2000], b"", b"%PDF-1.7 made-up words"], ids=["cut", "empty", "document"]
)


@CANNOT_BE_JUDGED
def test_what_cannot_be_judged_is_refused_and_not_taken_for_clear(machine: Client, data: bytes) -> None:
    answer = send(machine, "m/lookup", data)

    assert answer.status_code == 422
    assert "Hold it until a person has looked" in answer.json()["message"]


def test_a_name_of_an_upload_that_is_too_long_is_refused(machine: Client) -> None:
    assert send(machine, "m/lookup", item_id="7" * 200).status_code == 200
    assert send(machine, "m/lookup", item_id="7" * 201).status_code == 400


def test_the_number_of_a_held_upload_is_told_where_the_provider_named_it(machine: Client) -> None:
    answer = send(machine, "m/lookup", PICTURE[:2000], item_id="upload-7")

    held = Hold.objects.get()
    assert held.item_id == "upload-7"
    assert str(held.uid) in answer.json()["message"]


def test_a_file_that_a_person_released_matches_nothing(machine: Client, harbour: Organisation, cem: User) -> None:
    published(dataclasses.replace(look_of(PICTURE), confidence=10))

    before = send(machine, "m/lookup?types=pdq", item_id="upload-7").json()
    holds.release(Hold.objects.get(), by=cem, at=AT)
    after = send(machine, "m/lookup?types=pdq", item_id="upload-7").json()

    assert (set(before["pdq"]), after) == ({"SEXTORTION_REVIEW"}, {"pdq": {}})


def test_a_sign_that_a_rule_clears_is_not_met(machine: Client) -> None:
    published(look_of(PICTURE))
    Rule.objects.create(order=1, answer="clear")

    assert look_up(machine, PDQ, door="raw_lookup").json() == {"matches": []}


def test_while_the_index_is_behind_nothing_is_clear(machine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    published(look_of(PICTURE))
    monkeypatch.setattr(index, "MOST_BEHIND", 0)

    answers = [look_up(machine, PDQ), look_up(machine, PDQ, door="raw_lookup"), send(machine, "m/lookup", OTHER)]

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert "not yet ready" in answers[0].json()["message"]


def test_two_hashes_are_compared_as_threatexchange_compares_them(machine: Client) -> None:
    other, text = hashing.hash_picture(OTHER).hex, TextTLSHSignal.hash_from_str(WORDS)
    changed = TextTLSHSignal.hash_from_str(WORDS.replace("boats", "ships"))
    pairs = {
        "pdq": [PDQ, other],
        "text_tlsh": [text, changed],
        "md5": ["a" * 32, "A" * 32],
        "sha1": ["1" * 40, "2" * 40],
    }

    answer = machine.post("/hma/m/compare", json.dumps(pairs), content_type="application/json")

    pictures, texts = PdqSignal.compare_hash(PDQ, other), TextTLSHSignal.compare_hash(text, changed)
    assert answer.json() == {
        "pdq": [pictures.match, {"distance": int(pictures.distance.pretty_str())}],
        "text_tlsh": [texts.match, {"distance": int(texts.distance.pretty_str())}],
        "md5": [True, {}],
        "sha1": [False, {}],
    }


@pytest.mark.parametrize("door", ["h/hash", "m/lookup"])
def test_no_address_is_fetched(machine: Client, door: str) -> None:
    answer = machine.get(f"/hma/{door}", {"url": f"https://{CANARY}.example/photo.jpg"})

    assert answer.status_code == 403
    assert "Send the file itself" in answer.json()["message"]
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("door", "asked"),
    [
        ("m/lookup", {"signal_type": "pdq"}),
        ("m/lookup", {"signal": PDQ}),
        ("m/raw_lookup", {"signal_type": CANARY, "signal": PDQ}),
        ("m/raw_lookup", {"signal_type": "pdq", "signal": CANARY}),
        ("m/raw_lookup", {"signal_type": "md5", "signal": ""}),
        ("m/raw_lookup", {"signal_type": "pdq", "signal": PDQ, "include_distance": CANARY}),
        ("m/index/status", {"signal_type": CANARY}),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_and_not_repeated(
    machine: Client, door: str, asked: dict[str, str]
) -> None:
    answer = machine.get(f"/hma/{door}", asked)

    assert answer.status_code == 400
    assert answer.json()["message"]
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    "body", ["", "[]", "{", "[" * 100_000, '{"pdq": 1}', '{"pdq": ["x"]}', '{"pdq": ["x", "y"]}', f'{{"{CANARY}": []}}']
)
def test_a_pair_that_cannot_be_compared_is_refused(machine: Client, body: str) -> None:
    answer = machine.post("/hma/m/compare", body, content_type="application/json")

    assert answer.status_code == 400
    assert CANARY not in answer.text


@pytest.mark.parametrize("door", ["h/hash", "m/lookup"])
def test_one_file_of_a_known_content_type_is_sent(machine: Client, door: str) -> None:
    def picture() -> SimpleUploadedFile:
        return SimpleUploadedFile("a.png", PICTURE)

    refused = [
        machine.post(f"/hma/{door}", {}),
        machine.post(f"/hma/{door}", PICTURE, content_type="image/png"),
        machine.post(f"/hma/{door}", {"photo": [picture(), picture()]}),
        machine.post(f"/hma/{door}", {CANARY: picture()}),
        machine.post(f"/hma/{door}?types={CANARY}", {"photo": picture()}),
    ]

    assert [answer.status_code for answer in refused] == [400] * 5
    assert not any(CANARY in answer.text for answer in refused)
