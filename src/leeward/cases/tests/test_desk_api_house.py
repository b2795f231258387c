"""The desk for programs: what supervisors do - bodies, queues, rules, the wall - and second looks."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from leeward.cases import services, statements
from leeward.cases.models import Body, Contact, Queue, Rule, SecondLook, Statement
from leeward.cases.tests.desk import AGAINST_TERMS, Answer, new_case
from leeward.cases.tests.programs import of
from leeward.core.models import Organisation, User

pytestmark = pytest.mark.django_db


def detail(answer: Answer) -> str:
    assert answer["Content-Type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_rules_are_drafted_tried_and_put_in_force_by_a_senior(cem: User, sam: User) -> None:
    new_case()

    made = of(sam).post("rules/install", {"name": "general"})
    tried = of(sam).post("rules/dry-run", {"name": made.json()["name"], "last": 10})
    live = of(sam).post("rules/live", {"name": made.json()["name"]})
    nowhere = of(sam).post("rules/live", {"name": "draft:nowhere"})

    assert [one.status_code for one in (made, tried, live, nowhere)] == [201, 200, 200, 404]
    assert tried.json()["asked"] == 1
    assert {rule["is_live"] for rule in of(cem).get("rules").json()} == {True}
    assert Rule.objects.filter(is_live=True).exists()
    assert len(of(cem).get("bodies").json()) == Body.objects.count()


BEACON = {"name": "Beacon", "kind": "hotline", "jurisdiction": "MN", "source": "Made up", "responsible_for": ["other"]}


def test_a_body_is_added_reached_and_confirmed_by_a_senior(sam: User) -> None:
    kept = of(sam).ask("put", "bodies/beacon", BEACON)
    made = of(sam).post("bodies/beacon/contacts", {"transport": "webhook", "url": "https://beacon.example/hook"})
    confirmed, again = (of(sam).post("bodies/beacon/confirm") for _ in range(2))
    listed = of(sam).get("bodies").json()
    removed = of(sam).ask("delete", f"bodies/beacon/contacts/{made.json()['id']}")

    assert [one.status_code for one in (kept, made, confirmed, again, removed)] == [200, 201, 200, 409, 204]
    assert made.json()["secret"].startswith("whsec_")
    assert (confirmed.json()["confirmed_by"], [contact["transport"] for contact in listed[0]["contacts"]]) == (
        "sam",
        ["webhook"],
    )
    assert "secret" not in listed[0]["contacts"][0]


@pytest.mark.parametrize(
    "contact",
    [
        {"transport": "mail"},
        {"transport": "webhook"},
        {"transport": "task", "mail": "desk@beacon.example"},
        {"transport": "webhook", "url": "http://beacon.example/hook"},
        {"transport": "mail", "mail": "secret-words"},
    ],
)
def test_a_contact_that_reaches_nobody_is_refused(contact: dict[str, str], sam: User) -> None:
    of(sam).ask("put", "bodies/beacon", BEACON)

    answer = of(sam).post("bodies/beacon/contacts", contact)

    assert (answer.status_code, Contact.objects.count()) == (422, 0)
    assert "secret-words" not in answer.content.decode()
    detail(answer)


@pytest.mark.parametrize(
    ("method", "path", "body_in"),
    [
        ("put", "bodies/beacon", BEACON),
        ("post", "bodies/harbour/confirm", None),
        ("post", "bodies/harbour/contacts", {"transport": "task"}),
        ("put", "queues/threats", {"title": "Threats"}),
        ("delete", "queues/quiet", None),
        ("get", "wall", None),
    ],
)
def test_what_supervisors_do_is_closed_to_a_reviewer(method: str, path: str, body_in: object, cem: User) -> None:
    Body.objects.create(slug="harbour", kind=Body.Kind.HOTLINE, as_of_date=date(2026, 11, 1))
    Queue.objects.create(slug="quiet", title="Quiet")

    answer = of(cem).ask(method, path, body_in)

    assert (answer.status_code, detail(answer)) == (403, "Your role does not allow this. Ask a senior reviewer.")
    assert (Body.objects.count(), Contact.objects.count(), Queue.objects.filter(slug="quiet").count()) == (1, 0, 1)


def test_a_queue_is_added_and_triage_stays(sam: User) -> None:
    Queue.objects.get_or_create(slug="triage", defaults={"title": "Triage"})

    added = of(sam).ask("put", "queues/threats", {"title": "Threats"})
    gone, stays = (of(sam).ask("delete", f"queues/{slug}") for slug in ("threats", "triage"))

    assert [one.status_code for one in (added, gone, stays)] == [200, 204, 409]
    assert "triage" in [queue["slug"] for queue in of(sam).get("queues").json()]


def test_a_rule_is_drafted_by_hand_moved_and_taken_out(sam: User) -> None:
    draft = of(sam).post("rules/install", {"name": "general"}).json()
    first, second, *_ = [rule for rule in of(sam).get("rules").json() if rule["rule_set"] == draft["name"]]

    changed = of(sam).ask("put", f"rules/{first['uid']}", {"rule": {**first["rule"], "why": "As agreed."}})
    added = of(sam).post("rules", {**draft, "rule": {**second["rule"], "id": "of-our-own"}})
    twin = of(sam).post("rules", {**draft, "rule": second["rule"]})
    wrong = of(sam).post("rules", {**draft, "rule": {"id": "half"}})
    moved = of(sam).post(f"rules/{first['uid']}/step", {"step": "down"})
    confirmed = of(sam).post(f"rules/{first['uid']}/confirm")
    out = of(sam).post(f"rules/{added.json()['uid']}/step", {"step": "remove"})

    assert [one.status_code for one in (changed, added, twin, wrong, moved, confirmed, out)] == [
        200,
        201,
        409,
        422,
        204,
        200,
        204,
    ]
    assert (changed.json()["rule"]["why"], confirmed.json()["confirmed_by"]) == ("As agreed.", "sam")
    names = [rule["rule"]["id"] for rule in of(sam).get("rules").json()]
    assert names[:2] == [second["rule"]["id"], first["rule"]["id"]]
    assert "of-our-own" not in names


def test_a_second_look_tells_nothing_of_the_first_and_is_taken_once(cem: User, dan: User) -> None:
    decision = services.judge(new_case(), AGAINST_TERMS, by=cem, at=timezone.now())
    look = SecondLook.objects.create(decision=decision, drawn_at=timezone.now())
    words = {"outcome": "no_violation", "category": "other"}

    listed, of_decider = of(dan).get("second-looks"), of(cem).get("second-looks")
    by_decider, taken, again = (of(who).post(f"second-looks/{look.pk}", words) for who in (cem, dan, dan))

    assert (of_decider.json(), [set(one) for one in listed.json()]) == ([], [{"id", "case", "drawn_at"}])
    assert [one.status_code for one in (by_decider, taken, again)] == [403, 204, 409]
    assert SecondLook.objects.get().by == dan


def test_the_wall_says_how_the_desk_stands(sam: User) -> None:
    new_case()

    told = of(sam).get("wall").json()

    assert (told["wall"]["waiting"], told["wall"]["trouble"]["parked"], told["agreement"]["count"]) == (1, 0, 0)


def test_a_refused_statement_is_submitted_again_by_a_senior(cem: User, sam: User, harbour: Organisation) -> None:
    decision = services.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=timezone.now())
    statement = statements.make(decision, at=timezone.now())
    assert statement is not None
    Statement.objects.update(submission="refused", refused=["decision_facts"])

    listed = of(cem).get("statements/refused").json()
    by_reviewer, by_senior, again = (of(who).post(f"statements/{statement.uid}/again") for who in (cem, sam, sam))

    assert [(one["uid"], one["refused"]) for one in listed] == [(str(statement.uid), ["decision_facts"])]
    assert [one.status_code for one in (by_reviewer, by_senior, again)] == [403, 200, 409]
    assert by_senior.json()["submission"] == "owed"


def test_a_queue_has_targets_and_working_hours(sam: User, cem: User) -> None:
    Queue.objects.create(slug="threats", title="Threats")
    week = {"zone": "Asia/Ulaanbaatar", "hours": [["09:00", "17:00"]] * 5 + [[], []], "holidays": ["2026-12-29"]}

    early = of(sam).ask("put", "queues/threats/targets", {"targets": {"1": 30}, "calendar": "office"})
    kept, wrong = (of(sam).ask("put", "calendars/office", {**week, "zone": zone}) for zone in (week["zone"], "Nowhere"))
    by_reviewer = of(cem).ask("put", "calendars/office", week)
    done = of(sam).ask("put", "queues/threats/targets", {"targets": {"1": 30}, "calendar": "office"})

    assert [one.status_code for one in (early, kept, wrong, by_reviewer, done)] == [422, 200, 422, 403, 200]
    assert (done.json()["targets"], done.json()["calendar"]) == ({"1": 30}, "office")
    assert [one["slug"] for one in of(cem).get("calendars").json()] == ["office"]
