"""The pages of screening: what reviewers and the operator see, that nobody else does, and that no picture is ever shown."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from leeward.core import sequencer
from leeward.core.models import Organisation, Record, User
from leeward.engines import classifying, hashing, unpacking
from leeward.engines.hashing import video
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind
from leeward.screening import index, keeper, words
from leeward.screening import services as screening
from leeward.screening.models import Answer, Hold
from leeward.screening.tests.people import HOST, everything, hold, match, sha256, sign, signed_in, text_of
from leeward.screening.tests.uploads import AT, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db

READ = ("matches", "holds", "plots", "models")
RUN = ("index", "rules", "try", "rule_add")
STEPS = ("rule_step", "rule_defaults", "rule_discard", "rule_apply")
ENDS = ("release", "refuse")


def addresses(names: tuple[str, ...]) -> list[str]:
    return [reverse(f"screening:{name}") for name in names]


# Who comes in.


@pytest.mark.parametrize(
    ("name", "opened", "closed"),
    [
        ("cem", READ, RUN),
        ("sam", READ, RUN),
        ("olga", READ + RUN, ()),
        ("bea", (), READ + RUN),
        ("eve", (), READ + RUN),
    ],
)
def test_each_page_opens_for_its_people_and_for_nobody_else(
    request: pytest.FixtureRequest, name: str, opened: tuple[str, ...], closed: tuple[str, ...], harbour: Organisation
) -> None:
    browser = signed_in(request.getfixturevalue(name))

    assert {browser.get(address).status_code for address in addresses(opened)} <= {200}
    assert {browser.get(address).status_code for address in addresses(closed)} <= {403}


@pytest.mark.parametrize("name", ["cem", "sam", "bea", "eve"])
def test_only_the_operator_changes_rules_and_tries_pictures(request: pytest.FixtureRequest, name: str) -> None:
    browser, before = signed_in(request.getfixturevalue(name)), everything()

    answers = [browser.post(address) for address in addresses((*STEPS, "try", "rule_add"))]

    assert {answer.status_code for answer in answers} == {403}
    assert everything() == before


@pytest.mark.parametrize("name", ["olga", "bea", "eve"])
@pytest.mark.parametrize("end", ENDS)
def test_only_reviewers_end_a_hold(request: pytest.FixtureRequest, name: str, end: str, harbour: Organisation) -> None:
    address = reverse(f"screening:{end}", args=[hold(harbour).uid])
    browser, before = signed_in(request.getfixturevalue(name)), everything()

    assert [browser.get(address).status_code, browser.post(address).status_code] == [403, 403]
    assert everything() == before


def test_a_stranger_is_led_to_the_sign_in() -> None:
    answers = [Client(headers={"host": HOST}).get(address) for address in addresses(READ + RUN)]

    assert {answer.status_code for answer in answers} == {302}


def test_the_tabs_lead_only_where_the_person_may_go(cem: User, olga: User) -> None:
    def tabs(person: User) -> set[str]:
        return {address for address, _label, _current in signed_in(person).get("/screening/").context["tabs"]}

    assert tabs(cem) == set(addresses(READ))
    assert tabs(olga) == set(addresses((*READ, "index", "rules", "try")))


# Matches.


def test_an_empty_list_of_matches_says_so(cem: User) -> None:
    assert "Nothing was met yet." in text_of(signed_in(cem).get("/screening/"))


def test_a_match_is_shown_in_words_and_without_any_picture(cem: User, harbour: Organisation) -> None:
    turned = {"orientation": "rotated 90", "is_trimmed": True, "part": int(hashing.Crop.CENTRE_2)}
    match(sign(source="partner:beacon"), harbour, distance_bits=12, item_id="upload-7", **turned)

    page = text_of(signed_in(cem).get("/screening/"))

    assert "12 bits of 256 differ" in page
    assert "its inner part, 5 % cut off each side, turned a quarter to the right, without its border" in page
    assert "Sexual extortion" in page
    assert "the partner beacon" in page
    assert "upload-7" in page
    assert re.findall(r"<img[^>]+>", page) == ['<img src="/static/core/mark.svg" alt="" width="40" height="40">']


def test_each_way_to_turn_a_picture_has_words_of_its_own() -> None:
    said = [words.turn(orientation) for orientation in hashing.Orientation]

    assert said[0] == ""
    assert len(set(said)) == len(hashing.Orientation)


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Image.Transpose.ROTATE_270, "turned a quarter to the right"),  # Pillow counts against the clock.
        (Image.Transpose.ROTATE_90, "turned a quarter to the left"),
        (Image.Transpose.TRANSPOSE, "mirrored along the diagonal from the top left"),
        (Image.Transpose.TRANSVERSE, "mirrored along the diagonal from the top right"),
    ],
)
def test_the_words_say_what_was_done_to_the_picture(
    cem: User, harbour: Organisation, turn: Image.Transpose, said: str
) -> None:
    published(look_of(encoded(waves(1))))

    screening.screen(encoded(waves(1).transpose(turn)), asked_by=harbour, at=AT)

    assert said in text_of(signed_in(cem).get("/screening/"))


def test_a_sign_that_was_taken_back_is_shown_with_its_time_and_counts_as_confirmed_no_more(
    cem: User, harbour: Organisation
) -> None:
    match(sign(), harbour, report_uid=uuid.uuid4())
    before = text_of(signed_in(cem).get("/screening/"))
    taken_back_at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    indicators.revoke(source="decision:1", actor="user:1", at=taken_back_at)

    page = text_of(signed_in(cem).get("/screening/"))
    assert "taken back" not in before
    assert "Sealed, and confirmed already." in before
    assert "This sign was taken back." in page
    assert f'datetime="{taken_back_at.isoformat()}"' in page
    assert "Today this sign refuses and holds nothing" in page
    assert "Sealed. It is not confirmed any more." in page
    assert "confirmed already" not in page


def test_a_sign_that_expired_is_shown_as_that(cem: User, harbour: Organisation) -> None:
    met = sign()
    match(met, harbour)
    Indicator.objects.filter(pk=met.pk).update(valid_until=AT)

    indicators.expire(AT + timedelta(hours=1))

    page = text_of(signed_in(cem).get("/screening/"))
    assert "This sign has expired." in page
    assert "confirmed already" in page


def test_no_button_lies_over_the_pages_of_those_who_work_here(olga: User) -> None:
    pages = [text_of(signed_in(olga).get(address)) for address in addresses(READ + RUN)]

    assert [page for page in pages if "report-button" in page] == []


@pytest.mark.parametrize(
    ("kind", "recognised"),
    [
        (Kind.MD5, "the same file, byte for byte"),
        (Kind.VPDQ, "73 % of its frames are in a known video"),
    ],
)
def test_what_is_no_picture_says_how_it_was_recognised(
    cem: User, harbour: Organisation, kind: Kind, recognised: str
) -> None:
    match(sign(kind=kind), harbour, part=index.FRAME if kind is Kind.VPDQ else 0, share_percent=73)

    assert recognised in text_of(signed_in(cem).get("/screening/"))


def test_the_newest_match_is_the_first(cem: User, harbour: Organisation) -> None:
    by = sign()
    match(by, harbour, item_id="older", at=AT - timedelta(hours=1))
    match(by, harbour, item_id="newer", at=AT)

    page = text_of(signed_in(cem).get("/screening/"))

    assert page.index("newer") < page.index("older")


def items(browser: Client, query: str) -> set[str]:
    return {one.match.item_id for one in browser.get(f"/screening/?{query}").context["seen"]}


def test_matches_are_chosen_by_answer_category_kind_and_days(cem: User, harbour: Organisation) -> None:
    now, browser = timezone.now(), signed_in(cem)
    match(sign("a"), harbour, item_id="picture", at=now)
    match(sign("b", category=Category.BULLYING), harbour, item_id="bullying", at=now)
    match(sign("c", kind=Kind.MD5), harbour, item_id="digest", at=now)
    match(sign("d"), harbour, item_id="suspect", answer=Answer.SUSPECT, at=now)
    match(sign("e"), harbour, item_id="last week", at=now - timedelta(days=6))

    assert items(browser, "answer=suspect") == {"suspect"}
    assert items(browser, "category=bullying") == {"bullying"}
    assert items(browser, "kind=md5") == {"digest"}
    assert items(browser, "days=1") == {"picture", "bullying", "digest", "suspect"}
    assert items(browser, "kind=pdq&category=sextortion&answer=known&days=7") == {"picture", "last week"}
    assert items(browser, "days=3000&answer=perhaps") == set()


def test_other_copies_are_counted_and_found(cem: User, harbour: Organisation) -> None:
    first, second, browser = sign("a"), sign("b"), signed_in(cem)
    for name, by, file in (("one", first, "x"), ("two", first, "x"), ("three", first, "y"), ("four", second, "z")):
        match(by, harbour, item_id=name, sha256=sha256(file))

    counted = {one.match.item_id: (one.same_file, one.same_sign) for one in browser.get("/screening/").context["seen"]}

    assert counted == {"one": (1, 2), "two": (1, 2), "three": (0, 2), "four": (0, 0)}
    assert items(browser, f"sha256={sha256('x')}") == {"one", "two"}
    assert items(browser, f"sign={first.uid}") == {"one", "two", "three"}
    assert items(browser, "sign=nothing") == set()


def test_matches_come_in_pages_of_fifty_that_keep_what_was_chosen(cem: User, harbour: Organisation) -> None:
    by = sign()
    for number in range(51):
        match(by, harbour, item_id=f"upload-{number}")
    browser = signed_in(cem)

    assert len(items(browser, "kind=pdq")) == 50
    assert len(items(browser, "kind=pdq&page=2")) == 1
    assert "?kind=pdq&amp;page=2" in text_of(browser.get("/screening/?kind=pdq"))


def test_a_match_leads_to_its_case_where_the_person_may_see_that(cem: User, olga: User, harbour: Organisation) -> None:
    way = reverse("case_of_report", args=[match(sign(), harbour, report_uid=uuid.uuid4()).report_uid])

    assert way in text_of(signed_in(cem).get("/screening/"))
    assert way not in text_of(signed_in(olga).get("/screening/"))


# Holds.


def test_an_empty_list_of_holds_says_so(cem: User) -> None:
    assert "No upload waits." in text_of(signed_in(cem).get("/screening/holds/"))


def test_the_oldest_hold_is_the_first_and_its_reason_is_in_words(cem: User, harbour: Organisation) -> None:
    hold(harbour, name="newer", reason="archive_encrypted")
    hold(harbour, name="older", at=AT - timedelta(hours=2))

    page = text_of(signed_in(cem).get("/screening/holds/"))

    assert page.index("older") < page.index("newer")
    assert "The file ends before the picture does." in page
    assert "locked with a password" in page


@pytest.mark.parametrize(("end", "state"), [("release", Hold.State.RELEASED), ("refuse", Hold.State.REFUSED)])
def test_a_hold_ends_once_and_only_after_a_person_confirmed_it(
    cem: User, dan: User, harbour: Organisation, end: str, state: str
) -> None:
    held = hold(harbour)
    address = reverse(f"screening:{end}", args=[held.uid])
    other = reverse(f"screening:{ENDS[ENDS.index(end) - 1]}", args=[held.uid])

    asked = signed_in(cem).get(address)
    held.refresh_from_db()
    still = held.state
    signed_in(cem).post(address)
    late = [signed_in(dan).post(address, follow=True), signed_in(dan).post(other, follow=True)]
    late.append(signed_in(dan).get(other, follow=True))
    held.refresh_from_db()

    assert "This cannot be taken back here." in text_of(asked)
    assert still == Hold.State.HELD
    assert (held.state, held.ended_by) == (state, cem)
    assert all("Somebody was faster" in text_of(answer) for answer in late)
    assert Record.objects.filter(kind="screening.HoldEnded").count() == 1


def test_an_ended_hold_is_listed_below(cem: User, harbour: Organisation) -> None:
    signed_in(cem).post(reverse("screening:release", args=[hold(harbour, name="video-3").uid]))

    answer = signed_in(cem).get("/screening/holds/")

    assert [one.hold.item_id for one in answer.context["ended"]] == ["video-3"]
    assert answer.context["waiting"] == []


def test_the_operator_sees_holds_but_has_no_way_to_end_them(olga: User, harbour: Organisation) -> None:
    held = hold(harbour)

    page = text_of(signed_in(olga).get("/screening/holds/"))

    assert held.item_id in page
    assert str(held.uid) not in page


def test_every_reason_has_words() -> None:
    codes = [str(reason) for reason in hashing.RefusalReason]
    codes += [f"video_{reason}" for reason in video.VideoRefusalReason] + ["video_without_structure"]
    codes += [f"archive_{reason}" for reason in unpacking.ArchiveRefusalReason] + [*Kind, "index_not_ready"]

    assert [code for code in codes if not words.is_worded(code)] == []


def test_a_reason_without_words_is_shown_as_it_is() -> None:
    assert "made_up" in str(words.why("made_up", answer=Answer.HELD).meaning)
    assert not words.is_worded("made_up")


def test_a_reason_inside_of_an_archive_in_an_archive_is_worded() -> None:
    meaning = str(words.why("inside_inside_video_truncated", answer=Answer.HELD).meaning)

    assert meaning == "Inside of the archive: The file ends before the video does."


# Index.


def test_the_state_of_the_index_shows_what_is_held_and_how_far_it_follows(olga: User, harbour: Organisation) -> None:
    sign("a"), sign("b", kind=Kind.MD5)
    sequencer.stamp(at=AT)

    state = signed_in(olga).get("/screening/index/").context["state"]

    assert (state.is_ready, state.lag, state.head) == (True, 0, indicators.head())
    assert (state.figures.near_rows, state.figures.exact_rows, state.beside) == (1, 1, 2)
    assert state.file is None


def test_without_a_file_nothing_is_said_to_lie_in_it(olga: User, harbour: Organisation) -> None:
    sign("a")
    sequencer.stamp(at=AT)
    signed_in(olga).get("/screening/index/")
    indicators.revoke(source="decision:1", actor="user:1", at=AT)
    sequencer.stamp(at=AT)

    page = text_of(signed_in(olga).get("/screening/index/"))

    assert "It is not written yet." in page
    assert "<dt>Signs that were withdrawn, and match no more</dt><dd>1</dd>" in page
    assert "in the file" not in page
    assert "since it was written" not in page


def test_the_state_of_the_index_shows_the_last_file(olga: User, harbour: Organisation) -> None:
    sign("a"), sign("b", kind=Kind.MD5)
    sequencer.stamp(at=AT)
    keeper.compile_base()

    answer = signed_in(olga).get("/screening/index/")

    state = answer.context["state"]
    written = datetime.fromtimestamp(index.segment_path().stat().st_mtime, UTC)
    assert (state.file.size_bytes, state.file.written_at) == (index.segment_path().stat().st_size, written)
    assert (state.in_file, state.beside, state.figures.base_position) == (2, 0, indicators.head())
    assert 'id="file-progress"' in text_of(answer)


def test_an_index_that_cannot_follow_says_that_uploads_are_held(
    olga: User, harbour: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign("a"), sign("b")
    sequencer.stamp(at=AT)
    monkeypatch.setattr(index, "MOST_BEHIND", 1)

    page = text_of(signed_in(olga).get("/screening/index/"))

    assert "Uploads are held now, none is let through." in page
    assert "leeward index" in page


# Model cards.


def test_a_model_card_shows_what_it_sees_how_often_it_errs_and_what_it_is_not_for(cem: User) -> None:
    card = classifying.OpenNsfw.card
    browser = signed_in(cem)

    listed, page = text_of(browser.get("/screening/models/")), text_of(browser.get(f"/screening/models/{card.name}/"))

    assert f"/screening/models/{card.name}/" in listed
    assert card.sees in page
    assert card.licence in page
    assert all(row.pictures_of.replace("'", "&#x27;") in page for row in card.measured)
    assert all(words.replace("'", "&#x27;") in page for words in card.not_for)
    assert "nobody knows" in page
    assert "Not in use" in page


def test_a_classifier_that_nobody_has_has_no_card(cem: User) -> None:
    assert signed_in(cem).get("/screening/models/nobody/").status_code == 404
