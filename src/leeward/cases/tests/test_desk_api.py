"""The desk for programs: who comes in, and that a case is taken, read, judged and reversed as on the pages."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.cases import conversations, services
from leeward.cases.models import Case, Decision, Note, Subject
from leeward.cases.states import CaseState, DecisionState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, HOST, Answer, everything, new_case, reported, with_evidence
from leeward.cases.tests.programs import Program, key_of, of
from leeward.core import machines
from leeward.core.models import ApiKey, Organisation, User
from leeward.reports import dialogue
from leeward.reports.models import Message, Report
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
JUDGED = {"outcome": "against_terms", "category": "bullying", "ground": "Terms 4.2"}
NOWHERE = uuid.UUID(int=7)


def doors() -> list[tuple[str, str]]:
    """Return the method and the address of every door of the desk, as the published document lists them."""
    document = Client(headers={"host": HOST}).get("/api/v1/openapi.json").json()
    return [
        (method, path.partition("/desk/")[2])
        for path, methods in document["paths"].items()
        for method in methods
        if "/desk/" in path
    ]


def ask(program: Program, method: str, path: str) -> Answer:
    """Ask a door about something that is nowhere."""
    for name in ("uid", "report_uid"):
        path = path.replace(f"{{{name}}}", str(NOWHERE))
    for name, value in {"hold_id": "7", "number": "7", "sha256": "0" * 64, "slug": "nowhere"}.items():
        path = path.replace(f"{{{name}}}", value)
    return program.ask(method, path, None if method == "get" else {})


def refused(answer: Answer) -> str:
    """Return what a problem document says to do."""
    assert answer["Content-Type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_the_published_document_lists_every_door_of_the_desk() -> None:
    found = {path for _, path in doors()}

    assert {
        "queue",
        "next",
        "search",
        "bulk",
        "appeals",
        "rules/dry-run",
        "cases/{uid}/evidence/{sha256}/view",
    } <= found
    assert len(doors()) >= 60


def test_whoever_is_not_of_the_desk_gets_nothing_at_any_door(
    harbour: Organisation, cem: User, eve: User, bea: User, olga: User
) -> None:
    machine = machines.make_key(harbour, scopes=list(ApiKey.Scope), at=AT)
    gone = key_of(cem)
    cem.is_active = False
    cem.save()
    before = everything()

    answers = {
        who: {ask(Program(key), *door).status_code for door in doors()}
        for who, key in {
            "nobody": "",
            "an unknown key": "lwk_unknown",
            "a provider's key": machine,
            "somebody who was switched off": gone,
            "eve": key_of(eve),
            "a guardian": key_of(bea),
            "the operator": key_of(olga),
        }.items()
    }

    assert answers == {
        "nobody": {401},
        "an unknown key": {401},
        "a provider's key": {401},
        "somebody who was switched off": {401},
        "eve": {403},
        "a guardian": {403},
        "the operator": {403},
    }
    assert everything() == before


def test_a_revoked_key_of_a_person_opens_nothing(cem: User) -> None:
    program = of(cem)
    ApiKey.objects.update(revoked_at=AT)

    assert program.get("queue").status_code == 401


def test_a_session_opens_no_door_of_the_api(sam: User) -> None:
    browser = Client(headers={"host": HOST})
    browser.force_login(sam, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.get("/api/v1/desk/queue").status_code == 401


def test_a_persons_key_opens_no_door_of_a_machine(harbour: Organisation, sam: User) -> None:
    key = machines.make_key(harbour, scopes=list(ApiKey.Scope), at=AT, person=sam)
    case = new_case(item_id="photo-7")
    program = Program(key, below="/api/v1/")

    for path in ("screen", "reports/machine", "reports/context", f"cases/{case.uid}/evidence"):
        assert program.post(path, {}).status_code == 401, path


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("decisions/{decision}/reverse", None),
        ("rules/install", {"name": "general"}),
        ("rules/dry-run", {"name": "draft:general"}),
        ("rules/live", {"name": "draft:general"}),
        ("rules/begin", None),
        ("rules/discard", {"name": "draft:general"}),
        ("rules", {"name": "draft:general", "rule": {}}),
    ],
)
def test_what_is_for_seniors_is_closed_to_a_reviewer(path: str, body: object, cem: User, dan: User) -> None:
    decision = services.judge(new_case(), AGAINST_TERMS, by=cem, at=AT)
    before = everything()

    answer = of(dan).post(path.format(decision=decision.uid), body)

    assert (answer.status_code, refused(answer)) == (403, "Your role does not allow this. Ask a senior reviewer.")
    assert everything() == before


def test_a_case_is_taken_judged_agreed_to_and_reversed_by_programs(cem: User, dan: User, sam: User) -> None:
    case = new_case()

    taken = of(cem).post("next")
    proposed = of(cem).post(
        f"cases/{case.uid}/judge", {**JUDGED, "outcome": "illegal", "facts": "Seen in the picture."}
    )
    place = f"decisions/{proposed.json()['uid']}"
    agreed, reversed_ = of(dan).post(f"{place}/agree"), of(sam).post(f"{place}/reverse")

    assert [one.status_code for one in (taken, proposed, agreed, reversed_)] == [200, 201, 200, 200]
    assert (taken.json()["case"]["uid"], taken.json()["case"]["taken_by"]) == (str(case.uid), "cem")
    assert [one.json()["state"] for one in (proposed, agreed, reversed_)] == ["proposed", "effective", "overturned"]
    last = reversed_.json()
    assert (last["proposed_by"], last["seconded_by"], last["reversed_by"]) == ("cem", "dan", "sam")
    assert (last["facts"], last["measures"]) == ("Seen in the picture.", ["remove", "publish_hash"])
    assert Case.objects.get().state == CaseState.REVERSED


def test_whoever_proposed_it_cannot_agree_and_a_colleague_can_decline(cem: User, dan: User) -> None:
    case = new_case()
    place = f"decisions/{of(cem).post(f'cases/{case.uid}/judge', {**JUDGED, 'outcome': 'illegal'}).json()['uid']}"

    alone, declined, again = (
        of(cem).post(f"{place}/agree"),
        of(dan).post(f"{place}/decline"),
        of(dan).post(f"{place}/agree"),
    )

    assert (alone.status_code, refused(alone)) == (403, "You began this yourself, so a colleague must agree to it.")
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert (again.status_code, Case.objects.get().state) == (409, CaseState.OPEN)


def test_ones_own_proposal_can_be_withdrawn_and_not_a_colleagues(cem: User, dan: User) -> None:
    case = new_case()
    place = f"decisions/{of(cem).post(f'cases/{case.uid}/judge', {**JUDGED, 'outcome': 'illegal'}).json()['uid']}"

    assert of(dan).post(f"{place}/withdraw").status_code == 403
    assert of(cem).post(f"{place}/withdraw").status_code == 200
    assert Decision.objects.get().state == DecisionState.DECLINED


def test_a_case_is_given_back_by_whoever_has_it(cem: User, dan: User) -> None:
    case = new_case()
    of(cem).post(f"cases/{case.uid}/take")

    answers = [of(person).post(f"cases/{case.uid}/give-back").status_code for person in (dan, cem, cem)]

    assert answers == [409, 200, 409]
    assert of(dan).post(f"cases/{case.uid}/take").status_code == 200


def test_a_case_that_a_colleague_has_is_not_taken_judged_or_written_to(cem: User, dan: User) -> None:
    case = new_case()
    of(cem).post(f"cases/{case.uid}/take")
    report = case.reports.get().report

    answers = [
        of(dan).post(f"cases/{case.uid}/take"),
        of(dan).post(f"cases/{case.uid}/judge", JUDGED),
        of(dan).post(f"cases/{case.uid}/reports/{report.uid}/messages", {"text": "Where was it?"}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert (of(dan).post("next").status_code, Message.objects.count()) == (204, 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"outcome": "secret-words"}, "outcome"),
        ({"category": "secret-words"}, "category"),
        ({"ground": ""}, "ground"),
        ({"measures": ["secret-words"]}, "measures"),
        ({"ground": "secret-words" * 100}, "ground"),
    ],
)
def test_a_wrong_field_is_named_and_not_repeated(wrong: dict[str, object], field: str, cem: User) -> None:
    answer = of(cem).post(f"cases/{new_case().uid}/judge", {**JUDGED, **wrong})

    assert answer.status_code == 422
    refused(answer)
    assert field in answer.json()["errors"][0]["field"]
    assert "secret-words" not in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"block_host": "co.uk"}, {"outcome": "no_violation", "measures": ["remove"]}, {"ends_at": "2026-12-01T00:00:00"}],
)
def test_what_the_services_refuse_says_what_to_do(wrong: dict[str, object], cem: User) -> None:
    answer = of(cem).post(f"cases/{new_case().uid}/judge", {**JUDGED, **wrong})

    assert answer.status_code == 422
    assert len(refused(answer).split()) > 3
    assert not Decision.objects.exists()


def filled(count: int) -> None:
    """Open many cases, two of each urgency."""
    subjects = Subject.objects.bulk_create(
        Subject(digest=Subject.digest_of(f"url:{number}"), page_url=f"https://bad.example/{number}")
        for number in range(count)
    )
    Case.objects.bulk_create(
        Case(subject=subject, opened_at=AT, due_at=AT + timedelta(minutes=number // 2), priority=number % 3 - 1)
        for number, subject in enumerate(subjects)
    )


def test_the_queue_comes_page_by_page_in_order_and_each_case_once(cem: User) -> None:
    filled(130)

    pages, after = [], ""
    while after is not None:
        page = of(cem).get("queue", after=after).json()
        pages.append(page["cases"])
        after = page["next"]

    found = [case for page in pages for case in page]
    assert [len(page) for page in pages] == [50, 50, 30]
    assert len({case["uid"] for case in found}) == 130
    assert found == sorted(found, key=lambda case: (-case["priority"], case["due_at"]))


def test_a_place_in_the_queue_that_nobody_gave_is_refused(cem: User) -> None:
    answer = of(cem).get("queue", after="page-2")

    assert (answer.status_code, refused(answer)[:12]) == (422, "Take «after»")


def test_the_queue_can_be_asked_for_ones_own_cases_and_one_queue(cem: User, dan: User) -> None:
    mine, other = new_case(), new_case("https://bad.example/photos/8")
    Case.objects.filter(pk=other.pk).update(queue="threats")
    of(cem).post(f"cases/{mine.uid}/take")

    def uids(person: User, **query: str) -> list[str]:
        return [case["uid"] for case in of(person).get("queue", **query).json()["cases"]]

    assert uids(cem, mine="true") == [str(mine.uid)]
    assert uids(dan, mine="true") == []
    assert uids(cem, queue="threats") == [str(other.uid)]
    assert of(dan).post("next", {"queue": "threats"}).json()["case"]["uid"] == str(other.uid)


def test_a_case_is_told_with_its_words_and_by_digests_never_with_content(cem: User, dan: User) -> None:
    case = new_case()
    piece = with_evidence(case, b"canary bytes of a drawn shape")
    of(cem).post(f"cases/{case.uid}/notes", {"text": "Look at the second page."})
    conversations.ask(case, _taken(case, by=dan), "Where was it?", by=dan, key=str(NOWHERE), at=timezone.now())

    answer = of(cem).get(f"cases/{case.uid}")

    told = answer.json()
    assert told["evidence"][0]["sha256"] == piece.sha256
    assert told["notes"][0] | {"at": ""} == {"by": "cem", "text": "Look at the second page.", "at": ""}
    assert told["reports"][0]["report"]["page_url"] == "https://bad.example/photos/7"
    assert told["reports"][0]["messages"][0]["asked_by"] == "dan"
    assert (told["may_take"], told["may_write"]) == (False, False)
    assert "canary" not in json.dumps(told)


def _taken(case: Case, *, by: User) -> Report:
    services.take(case, by=by, at=timezone.now())
    return case.reports.get().report


def test_a_message_under_the_same_key_is_one_and_reading_is_noted(cem: User) -> None:
    case = new_case()
    report = case.reports.get().report
    of(cem).post("next")
    place = f"cases/{case.uid}/reports/{report.uid}"
    key = {"idempotency-key": str(uuid.uuid4())}

    first, again = (of(cem).post(f"{place}/messages", {"text": "Where was it?"}, **key) for _ in range(2))
    dialogue.say(report, "On the second page.", key=str(NOWHERE), at=timezone.now())
    read, once_more = of(cem).post(f"{place}/read"), of(cem).post(f"{place}/read")

    assert (first.status_code, first.json()["uid"]) == (201, again.json()["uid"])
    assert (read.json(), once_more.json()) == ({"changed": 1}, {"changed": 0})
    assert Message.objects.count() == 2


def test_misuse_of_a_report_of_another_case_is_nowhere(cem: User) -> None:
    case, other = new_case(), new_case("https://bad.example/photos/8")
    place = f"cases/{case.uid}/reports/{other.reports.get().report.uid}"

    assert [of(cem).post(f"{place}/{what}").status_code for what in ("read", "misuse")] == [404, 404]
    assert of(cem).post(f"cases/{case.uid}/reports/{case.reports.get().report.uid}/misuse").json() == {"changed": 0}


def test_many_cases_are_decided_alike_and_undone_together(cem: User, dan: User) -> None:
    cases = [new_case(f"https://bad.example/photos/{number}") for number in range(3)]
    of(dan).post(f"cases/{cases[2].uid}/take")

    judged = of(cem).post("bulk", {"cases": [str(case.uid) for case in cases], "judgement": JUDGED})
    undone = of(cem).post(f"bulk/{judged.json()['uid']}/undo")
    again = of(cem).post(f"bulk/{judged.json()['uid']}/undo")

    assert (judged.status_code, undone.status_code, again.status_code) == (201, 200, 409)
    assert [one["problem"] for one in judged.json()["each"]] == [None, None, "TakenByAnother"]
    assert Decision.objects.filter(state=DecisionState.OVERTURNED).count() == 2


def test_a_list_with_a_case_that_is_nowhere_decides_nothing(cem: User) -> None:
    answer = of(cem).post("bulk", {"cases": [str(new_case().uid), str(NOWHERE)], "judgement": JUDGED})

    assert (answer.status_code, Decision.objects.count()) == (404, 0)


def test_cases_are_found_by_words_by_likeness_and_by_what_they_are_about(
    harbour: Organisation, cem: User, settle: Settle
) -> None:
    first, second = new_case(item_id="photo-1"), new_case(item_id="photo-2")
    with_evidence(first)
    with_evidence(second)
    reported("https://bad.example/lighthouse")
    settle()

    def uids(answer: Answer) -> list[str]:
        return [case["uid"] for case in answer.json()["cases"]]

    assert uids(of(cem).get(f"cases/{first.uid}/similar")) == [str(second.uid)]
    assert uids(of(cem).get(f"cases/{first.uid}/history")) == [str(second.uid)]
    lighthouse = Case.objects.get(subject__page_url__contains="lighthouse")
    assert uids(of(cem).post("search", {"query": "lighthouse"})) == [str(lighthouse.uid)]
    assert uids(of(cem).post("search", {"query": "nowhere"})) == []
    assert Note.objects.count() == 0
