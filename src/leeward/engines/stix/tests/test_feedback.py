"""What partners say of a sign comes back to its publisher as numbers and codes, and never in words."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import Explanation, Feedback, FeedbackKind, Head, NotASign, Tlp
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.heads import AT, HEAD, INDICATOR_ID, heads

SIGHTING = stix.sighting(HEAD, of=INDICATOR_ID, count=3, first_seen=AT, last_seen=AT + timedelta(minutes=4))
OPINION = stix.opinion(HEAD, about=INDICATOR_ID, code=Explanation.FALSE_POSITIVE)
_TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=AT.tzinfo))


@given(heads(), st.integers(0, 999_999_999), _TIMES, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_a_sighting_is_valid_and_read_back(head: Head, count: int, first: datetime, span: timedelta) -> None:
    known = stix.sighting(head, of=INDICATOR_ID, count=count, first_seen=first, last_seen=first + span)

    assert judges.is_valid(known)
    assert stix.parse_feedback(judges.through_stix2(known)) == Feedback(
        kind=FeedbackKind.SIGHTING, object_id=INDICATOR_ID, head=head, count=count, where=(head.created_by,)
    )


@given(heads(), st.sampled_from(Explanation))
def test_a_disagreement_is_valid_and_read_back(head: Head, code: Explanation) -> None:
    known = stix.opinion(head, about=INDICATOR_ID, code=code)

    assert judges.is_valid(known)
    assert stix.parse_feedback(judges.through_stix2(known)) == Feedback(
        kind=FeedbackKind.OPINION, object_id=INDICATOR_ID, head=head, explanation_code=code
    )


@pytest.mark.parametrize("known", [SIGHTING, OPINION], ids=["sighting", "opinion"])
def test_feedback_is_valid_without_a_remark(known: dict[str, object]) -> None:
    assert judges.faults(known) == []
    assert judges.through_stix2(known) == known


def test_feedback_says_whose_it_is_and_which_version() -> None:
    found = stix.parse_feedback(SIGHTING)

    assert (found.created_by, found.modified) == (HEAD.created_by, HEAD.modified)


def test_a_sighting_tells_no_part_of_a_second() -> None:
    at = AT.replace(microsecond=123_456)

    known = stix.sighting(HEAD, of=INDICATOR_ID, count=1, first_seen=at, last_seen=at)

    assert (known["first_seen"], known["last_seen"]) == ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z")


def test_a_hub_tells_where_a_sign_was_met() -> None:
    isp = UUID("9a1b2c3d-3333-4333-8333-333333333333")

    known = stix.sighting(HEAD, of=INDICATOR_ID, count=1, first_seen=AT, last_seen=AT, where=(isp,))

    assert stix.parse_feedback(known).where == (isp,)


def test_a_place_on_a_map_is_no_participant() -> None:
    known = SIGHTING | {"where_sighted_refs": ["location--9a1b2c3d-3333-4333-8333-333333333333"]}

    assert stix.parse_feedback(known).where == ()


def test_feedback_can_be_taken_back() -> None:
    later = replace(HEAD, modified=AT + timedelta(hours=1), revoked=True)

    known = stix.opinion(later, about=INDICATOR_ID, code=Explanation.OTHER)

    assert judges.faults(known) == []
    assert stix.parse_feedback(known).head == later


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("strongly-disagree", FeedbackKind.OPINION),
        ("disagree", FeedbackKind.OPINION),
        ("neutral", FeedbackKind.NEUTRAL),
        ("agree", FeedbackKind.AGREEMENT),
        ("strongly-agree", FeedbackKind.AGREEMENT),
    ],
)
def test_who_agrees_does_not_speak_against_a_sign(word: str, kind: FeedbackKind) -> None:
    assert stix.parse_feedback(OPINION | {"opinion": word}).kind is kind


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("false_positive", Explanation.FALSE_POSITIVE),
        ("False-Positive: made-up words of a person", Explanation.FALSE_POSITIVE),
        ("made-up words of a person", Explanation.OTHER),
        ("", Explanation.OTHER),
    ],
)
def test_words_of_a_person_are_dropped(words: str, code: Explanation) -> None:
    assert stix.parse_feedback(OPINION | {"explanation": words}).explanation_code == code


def test_a_sighting_without_a_count_is_one() -> None:
    known = {name: value for name, value in SIGHTING.items() if name not in ("count", "where_sighted_refs")}

    assert (stix.parse_feedback(known).count, stix.parse_feedback(known).where) == (1, ())


FAULTS = [
    (SIGHTING, "type", "note", "type"),
    (SIGHTING, "spec_version", "2.0", "spec_version"),
    (SIGHTING, "id", OPINION["id"], "id"),
    (SIGHTING, "created_by_ref", None, "created_by_ref"),
    (SIGHTING, "modified", "2026-11-20T10:00:00.000Z", "modified"),
    (SIGHTING, "count", -1, "count"),
    (SIGHTING, "count", 1_000_000_000, "count"),
    (SIGHTING, "count", True, "count"),
    (SIGHTING, "count", 3.0, "count"),
    (SIGHTING, "sighting_of_ref", 7, "sighting_of_ref"),
    (SIGHTING, "sighting_of_ref", "--", "sighting_of_ref"),
    (SIGHTING, "where_sighted_refs", {}, "where_sighted_refs"),
    (SIGHTING, "where_sighted_refs", ["here"], "where_sighted_refs"),
    (SIGHTING, "revoked", "yes", "revoked"),
    (OPINION, "opinion", "against", "opinion"),
    (OPINION, "opinion", ["disagree"], "opinion"),
    (OPINION, "explanation", ["false_positive"], "explanation"),
    (OPINION, "object_refs", [], "object_refs"),
    (OPINION, "object_refs", [INDICATOR_ID, INDICATOR_ID], "object_refs"),
    (OPINION, "object_refs", INDICATOR_ID, "object_refs"),
]


@pytest.mark.parametrize(("known", "name", "value", "path"), FAULTS)
def test_a_fault_is_refused_and_its_place_is_named(
    known: dict[str, object], name: str, value: object, path: str
) -> None:
    with pytest.raises(NotASign) as refused:
        stix.parse_feedback(known | {name: value})

    assert refused.value.path == path


_VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=2)


@given(st.sampled_from([SIGHTING, OPINION]), st.data())
def test_any_value_in_any_place_is_read_or_refused_by_name(known: dict[str, object], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(known)))

    try:
        found = stix.parse_feedback(known | {name: data.draw(_VALUES)})
    except NotASign:
        return

    assert found.object_id == INDICATOR_ID


@pytest.mark.parametrize(("count", "minutes"), [(-1, 0), (1_000_000_000, 0), (1, -1)])
def test_an_impossible_sighting_is_not_written(count: int, minutes: int) -> None:
    with pytest.raises(NotASign):
        stix.sighting(HEAD, of=INDICATOR_ID, count=count, first_seen=AT, last_seen=AT + timedelta(minutes=minutes))


def test_feedback_on_nothing_is_not_written() -> None:
    with pytest.raises(NotASign):
        stix.opinion(HEAD, about="this sign", code=Explanation.OTHER)


def test_a_head_is_right_from_the_start() -> None:
    for change in ({"uid": UUID(int=0)}, {"modified": AT - timedelta(days=1)}, {"created": AT.replace(tzinfo=None)}):
        with pytest.raises(NotASign):
            replace(HEAD, **change)


@judges.needs_shared
def test_the_shared_examples_are_read() -> None:
    objects = cast("list[dict[str, object]]", judges.vector("exchange-bundle.json")["objects"])
    seen, thought = (stix.parse_feedback(known) for known in objects if known["type"] in ("sighting", "opinion"))

    assert (seen.kind, seen.object_id, seen.count, seen.where) == (
        FeedbackKind.SIGHTING,
        INDICATOR_ID,
        3,
        (UUID("9a1b2c3d-2222-4222-8222-222222222222"),),
    )
    assert (thought.kind, thought.object_id) == (FeedbackKind.OPINION, INDICATOR_ID)
    assert thought.explanation_code == Explanation.FALSE_POSITIVE
    assert {seen.head.tlp, thought.head.tlp} == {Tlp.AMBER_STRICT}
    assert "photo" not in json.dumps([seen.explanation_code, thought.explanation_code])
