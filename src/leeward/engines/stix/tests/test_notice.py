"""A notice that asked a host to remove something is told to partners by the number of its XARF document."""

from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
import xarf
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import stix
from leeward.engines.stix import EXTENSION_ID, Head, Link, NotASign, Notice, NoticeState, Verb
from leeward.engines.stix.tests import judges
from leeward.engines.stix.tests.heads import AT, COURSE_ID, HEAD, INDICATOR_ID, heads

REPORT = UUID("f7a8b9c0-d1e2-4456-8abc-def012345678")
NOTICE = Notice(head=HEAD, report_id=REPORT, state=NoticeState.SENT, deadline=AT + timedelta(hours=24))
OURS = f"extensions.{EXTENSION_ID}"


def test_a_notice_and_what_it_mitigates_are_valid_without_a_remark() -> None:
    link = Link(head=HEAD, verb=Verb.MITIGATES, source_id=COURSE_ID, target_id=INDICATOR_ID)

    for known in (stix.notice(NOTICE), stix.relationship(link)):
        assert judges.faults(known) == []
        assert judges.through_stix2(known) == known


@given(heads(), st.uuids(), st.sampled_from(NoticeState), st.none() | st.just(AT))
def test_a_notice_is_read_back(head: Head, report: UUID, state: NoticeState, deadline: object) -> None:
    notice = Notice(head=head, report_id=report, state=state, deadline=AT if deadline else None)

    assert stix.parse_notice(judges.through_stix2(stix.notice(notice))) == notice


def test_a_notice_that_was_answered_is_a_later_version() -> None:
    later = replace(NOTICE, state=NoticeState.DONE, head=replace(HEAD, modified=AT + timedelta(hours=2)))

    assert stix.notice(later)["id"] == stix.notice(NOTICE)["id"] == COURSE_ID
    assert stix.parse_notice(stix.notice(later)) == later


@pytest.mark.parametrize(
    "matter", [{"type": "csam", "classification": "baseline"}, {"type": "csem", "exploitation_type": "grooming"}]
)
def test_the_number_is_that_of_a_document_that_xarf_reads(matter: dict[str, str]) -> None:
    we = {"org": "Example Hotline", "contact": "desk@hotline.example", "domain": "hotline.example"}
    document = {
        "xarf_version": xarf.SPEC_VERSION,
        "report_id": str(REPORT),
        "timestamp": AT.isoformat(),
        "reporter": we,
        "sender": we,
        "source_identifier": "blocked.example",
        "category": "content",
        "url": "https://blocked.example/path",
        "detection_method": "manual_review",
        **matter,
    }

    found = xarf.parse(document)

    assert found.errors == []
    assert found.report is not None
    assert str(stix.parse_notice(stix.notice(NOTICE)).report_id) == found.report.report_id


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("type", "tool", "type"),
        ("extensions", None, "extensions"),
        ("extensions", {}, OURS),
        ("extensions", {EXTENSION_ID: {}}, f"{OURS}.notice_state"),
        ("extensions", {EXTENSION_ID: {"notice_state": ["sent"]}}, f"{OURS}.notice_state"),
        ("extensions", {EXTENSION_ID: {"notice_state": "sent", "deadline": None}}, f"{OURS}.deadline"),
        ("external_references", None, "external_references"),
        ("external_references", [], "external_references"),
        ("external_references", [{"source_name": "cve", "external_id": str(REPORT)}], "external_references"),
        ("external_references", [{"source_name": "xarf", "external_id": str(REPORT)}] * 2, "external_references"),
        ("external_references", [{"source_name": "xarf", "external_id": "7"}], "external_references.external_id"),
        ("external_references", [{"source_name": "xarf", "external_id": 7}], "external_references.external_id"),
    ],
)
def test_a_fault_is_refused_and_its_place_is_named(name: str, value: object, path: str) -> None:
    with pytest.raises(NotASign) as refused:
        stix.parse_notice(stix.notice(NOTICE) | {name: value})

    assert refused.value.path == path


@judges.needs_shared
def test_the_shared_example_points_from_the_notice_to_its_document_and_its_sign() -> None:
    objects = cast("list[dict[str, object]]", judges.vector("exchange-bundle.json")["objects"])
    (course,) = (known for known in objects if known["type"] == "course-of-action")
    links = [stix.parse_relationship(known) for known in objects if known["type"] == "relationship"]
    (mitigated,) = (link for link in links if link.verb is Verb.MITIGATES)
    # The example has its own extension, so its properties are moved into ours, which have the same names.
    (extension,) = cast("dict[str, object]", course["extensions"]).values()

    notice = stix.parse_notice(course | {"extensions": {EXTENSION_ID: extension}})

    assert (notice.state, notice.deadline) == (NoticeState.SENT, AT + timedelta(hours=24))
    assert mitigated.source_id == course["id"]
    assert xarf.parse(judges.vector("xarf-notice-invalid.json")).errors
