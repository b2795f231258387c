"""Legs: who is given a part of a case, what a body answers, and that nothing is sent twice or to police without a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from leeward.cases import leg_making, leg_reactions, legs, responsible, routing
from leeward.cases import services as cases
from leeward.cases.models import Body, Case, Leg
from leeward.cases.states import LEG_MOVES, CaseState, LegState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, PAGE, found_illegal, reported
from leeward.cases.tests.legs import (
    body,
    by_webhook,
    case_about,
    in_force,
    outcomes,
    referred,
    rule,
    senior,
    taker,
    trail,
)
from leeward.core.models import Delivery, Record, User
from leeward.reports.models import Nature, Outcome
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db

ABUSE = {"matter": ["csam", "sexual_child", "sextortion"]}


def test_without_rules_a_case_waits_in_triage_and_nobody_is_told(settle: Settle) -> None:
    body("hotline", "hotline")
    case = case_about(Nature.SEXUAL_CHILD)

    settle()

    case.refresh_from_db()
    assert (case.queue, case.is_unroutable, trail(case)) == ("triage", False, [])


def test_a_new_case_goes_to_its_queue_and_to_everybody_who_is_responsible(settle: Settle) -> None:
    body("hotline", "hotline")
    body("helpline", "helpline")
    responsible.keep_queue("abuse", "Abuse", by=senior())
    in_force(
        rule("here", "desk", queue="abuse", when=ABUSE), rule("to-h", "hotline", when=ABUSE), rule("help", "helpline")
    )
    abuse, other = case_about(Nature.SEXUAL_CHILD), case_about(Nature.BULLYING, "https://other.example/")

    settle()

    abuse.refresh_from_db()
    assert (abuse.queue, trail(abuse)) == ("abuse", [("hotline", "held"), ("helpline", "held")])
    assert trail(other) == [("helpline", "held")]


def test_a_confirmed_body_with_a_system_gets_its_leg_by_itself_and_once(settle: Settle) -> None:
    with taker() as system:
        by_webhook("hotline", "hotline", system)
        in_force(rule("to-hotline", "hotline"))
        case = case_about(Nature.SEXUAL_CHILD)

        settle()
        leg = Leg.objects.get()
        leg_reactions.send_leg.call(leg_uid=str(leg.uid))
        leg_reactions.route_case.call(case_uid=str(case.uid))
        settle()

        assert [(message_id, said["type"]) for message_id, said in system.taken] == [(str(leg.uid), "referral.made")]
        assert trail(case) == [("hotline", "sent")]


@pytest.mark.parametrize("missing", ["confirmation", "contact", "second person"])
def test_a_leg_is_held_where_a_person_must_look_first(missing: str, settle: Settle) -> None:
    with taker() as system:
        hotline = by_webhook("hotline", "hotline", system)
        if missing == "confirmation":
            Body.objects.update(confirmed_at=None)
        if missing == "contact":
            hotline.contacts.all().delete()
        in_force(rule("to-hotline", "hotline", needs_second=missing == "second person"))
        case = case_about(Nature.SEXUAL_CHILD)

        settle()

        assert (trail(case), system.taken) == ([("hotline", "held")], [])


def test_a_person_hands_over_what_cannot_leave_by_itself(settle: Settle, cem: User) -> None:
    body("hotline", "hotline")
    in_force(rule("to-hotline", "hotline"))
    case = case_about(Nature.SEXUAL_CHILD)
    settle()

    with pytest.raises(legs.NoWay):
        legs.release(Leg.objects.get(), by=cem, at=AT)
    legs.handed(Leg.objects.get(), by=cem, at=AT)

    assert trail(case) == [("hotline", "sent")]


def test_a_held_leg_leaves_when_its_body_was_confirmed_and_somebody_lets_it(settle: Settle, cem: User) -> None:
    with taker() as system:
        hotline = by_webhook("hotline", "hotline", system)
        Body.objects.update(confirmed_at=None)
        in_force(rule("to-hotline", "hotline"))
        case = case_about(Nature.SEXUAL_CHILD)
        settle()

        responsible.confirm(hotline, by=senior(), at=AT)
        legs.release(Leg.objects.get(), by=cem, at=AT)
        settle()

        assert (trail(case), system.kinds) == ([("hotline", "sent")], ["referral.made"])


def test_whoever_proposed_a_decision_is_not_the_second_person_of_the_leg_that_rests_on_it(
    settle: Settle, cem: User, dan: User
) -> None:
    body("police", "police", theirs=("sextortion",))
    in_force(rule("to-police", "police", needs_second=True, when={"is_illegal": [True]}))
    case = case_about(Nature.SEXTORTION)
    found_illegal(case, by=cem, and_by=dan)
    settle()
    leg = Leg.objects.get()

    with pytest.raises(cases.NeedsAnother):
        legs.handed(leg, by=cem, at=AT)
    legs.handed(leg, by=dan, at=AT)

    assert trail(case) == [("police", "sent")]


def test_what_shows_who_somebody_is_never_leaves_by_one_person(settle: Settle, cem: User, dan: User) -> None:
    with taker() as system:
        hotline = by_webhook("hotline", "hotline", system)
        case = case_about(Nature.SEXTORTION, words="made-up words of Ana")

        leg = referred(case, hotline, by=cem, fields=("case_ref", "reporter_words"))
        with pytest.raises(cases.NeedsAnother):
            legs.release(leg, by=cem, at=AT)
        settle()
        assert system.taken == []
        legs.release(leg, by=dan, at=AT)
        settle()

        assert system.taken[0][1]["data"]["case"] == {
            "case_ref": case.ref,
            "reporter_words": ["made-up words of Ana"],
        }


class TestPolice:
    """Police get a leg only for what is illegal and theirs."""

    @pytest.fixture
    def police(self) -> Body:
        return body("police", "police", theirs=("sextortion", "danger"))

    def test_a_rule_gives_them_nothing_before_a_decision_and_their_part_after_it(
        self, police: Body, settle: Settle, cem: User, dan: User
    ) -> None:
        in_force(rule("to-police", "police"))
        case = case_about(Nature.SEXTORTION)
        settle()
        assert trail(case) == []

        found_illegal(case, by=cem, and_by=dan)
        settle()

        assert trail(case) == [("police", "held")]

    def test_they_get_nothing_of_what_is_only_against_the_terms(self, police: Body, settle: Settle, cem: User) -> None:
        in_force(rule("to-police", "police"))
        case = case_about(Nature.SEXTORTION)

        cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
        settle()

        assert trail(case) == []

    def test_a_person_cannot_send_them_what_nobody_found_illegal(self, police: Body, cem: User) -> None:
        case = case_about(Nature.SEXTORTION)

        with pytest.raises(legs.NotForPolice):
            referred(case, police, by=cem)

        assert trail(case) == []

    def test_a_person_cannot_send_them_what_is_illegal_and_not_theirs(self, cem: User, dan: User) -> None:
        customs = body("customs", "police", theirs=("fraud",))
        case = case_about(Nature.SEXTORTION)
        found_illegal(case, by=cem, and_by=dan)

        with pytest.raises(legs.NotForPolice):
            referred(case, customs, by=cem)

    def test_a_confirmed_danger_to_life_goes_to_them_at_once_and_the_record_says_who_confirmed_it(
        self, police: Body, cem: User
    ) -> None:
        case = case_about(Nature.SELF_HARM)

        leg = referred(case, police, by=cem, is_danger=True)

        assert leg.due_at - leg.made_at == timedelta(hours=1)
        assert not leg_making.needs_second(leg)
        record = Record.objects.filter(kind="cases.LegMoved").latest("pk")
        assert (record.actor, leg.given_by) == (f"user:{cem.pk}", leg_making.DANGER)
        assert routing.facts_of(case).is_danger_confirmed

    def test_nobody_gets_them_by_a_danger_without_saying_why(self, police: Body, cem: User) -> None:
        case = case_about(Nature.SELF_HARM)

        with pytest.raises(legs.WordsMissing):
            referred(case, police, by=cem, is_danger=True, why="  ")

    def test_what_a_decision_sent_them_is_taken_back_with_it(
        self, settle: Settle, cem: User, dan: User, sam: User
    ) -> None:
        with taker() as system:
            by_webhook("police", "police", system, theirs=("sextortion",))
            body("helpline", "helpline")
            in_force(rule("to-police", "police"), rule("help", "helpline"))
            case = case_about(Nature.SEXTORTION)
            decision = found_illegal(case, by=cem, and_by=dan)
            settle()

            cases.reverse(decision, by=sam, at=timezone.now())
            settle()
            leg_reactions.recall_legs.call(decision_uid=str(decision.uid))
            settle()

            assert sorted(trail(case)) == [("helpline", "held"), ("police", "recalled")]
            assert system.kinds == ["referral.made", "referral.recalled"]
            assert set(system.taken[-1][1]["data"]) == {"leg"}


def test_a_body_that_was_done_already_is_told_of_a_reversal_too(
    settle: Settle, cem: User, dan: User, sam: User
) -> None:
    with taker() as system:
        by_webhook("police", "police", system, theirs=("sextortion",))
        in_force(rule("to-police", "police"))
        case = case_about(Nature.SEXTORTION)
        decision = found_illegal(case, by=cem, and_by=dan)
        settle()
        legs.answer(Leg.objects.get(), said=legs.Said.DONE, words="Somebody was heard.", at=timezone.now())

        cases.reverse(decision, by=sam, at=timezone.now())
        settle()

        assert (trail(case), system.kinds) == ([("police", "done")], ["referral.made", "referral.recalled"])


def test_a_body_that_is_never_responsible_gets_nothing_by_hand_either(cem: User) -> None:
    hotline = body("hotline", "hotline", never=("bullying",))

    with pytest.raises(legs.NotTheirs):
        referred(case_about(Nature.BULLYING), hotline, by=cem)


def test_a_body_does_not_get_one_case_twice_at_the_same_time(cem: User) -> None:
    hotline, case = body("hotline", "hotline"), case_about(Nature.BULLYING)
    referred(case, hotline, by=cem)

    with pytest.raises(leg_making.RunsAlready):
        referred(case, hotline, by=cem)

    assert trail(case) == [("hotline", "held")]


def test_only_fields_of_the_closed_list_may_leave(cem: User) -> None:
    with pytest.raises(leg_making.NotAField):
        referred(case_about(Nature.BULLYING), body("hotline", "hotline"), by=cem, fields=("case_ref", "media"))


def test_nobody_refers_what_a_colleague_has_now(cem: User, dan: User) -> None:
    case = case_about(Nature.BULLYING)
    cases.take(case, by=dan, at=AT)

    with pytest.raises(cases.TakenByAnother):
        referred(case, body("hotline", "hotline"), by=cem)


@pytest.mark.parametrize("name", ["eve", "olga", "bea"])
def test_without_a_reviewers_role_nobody_moves_a_leg(name: str, request: pytest.FixtureRequest, cem: User) -> None:
    person: User = request.getfixturevalue(name)
    case, hotline = case_about(Nature.BULLYING), body("hotline", "hotline")
    leg = referred(case, hotline, by=cem)

    for step in (
        lambda: referred(case_about(Nature.BULLYING, "https://two.example/"), hotline, by=person),
        lambda: legs.hand_over(case, to=hotline, by=person, why="Theirs.", at=AT),
        lambda: legs.release(leg, by=person, at=AT),
        lambda: legs.handed(leg, by=person, at=AT),
        lambda: legs.take_back(leg, by=person, why="No.", at=AT),
        lambda: legs.answer(leg, said=legs.Said.DONE, words="Done.", by=person, at=AT),
    ):
        with pytest.raises(cases.NotForThisPerson):
            step()
    assert trail(case) == [("hotline", "held")]


class TestNotTheirs:
    """What is handed back is never lost."""

    def test_the_next_body_has_it_with_a_clock_of_its_own(self, settle: Settle, cem: User) -> None:
        body("first", "hotline")
        body("second", "hotline")
        in_force(rule("to-hotline", "hotline"))
        case = case_about(Nature.SEXUAL_CHILD)
        settle()
        first = Leg.objects.get()
        legs.handed(first, by=cem, at=AT)

        legs.answer(first, said=legs.Said.DECLINED, words="Another country.", by=cem, at=timezone.now())
        settle()
        leg_reactions.next_hop.call(leg_uid=str(first.uid))

        assert trail(case) == [("first", "declined"), ("second", "held")]
        second = Leg.objects.latest("pk")
        assert (second.hop, second.after, second.due_at > first.due_at) == (2, first, True)
        assert not Case.objects.get(pk=case.pk).is_unroutable

    def test_where_nobody_is_left_it_is_in_triage_with_one_alarm(self, settle: Settle, cem: User) -> None:
        body("only", "hotline")
        responsible.keep_queue("abuse", "Abuse", by=senior())
        in_force(rule("here", "desk", queue="abuse"), rule("to-hotline", "hotline"))
        case = case_about(Nature.SEXUAL_CHILD)
        settle()
        leg = Leg.objects.get()
        legs.handed(leg, by=cem, at=AT)

        legs.answer(leg, said=legs.Said.DECLINED, words="Not ours.", by=cem, at=AT)
        settle()
        leg_reactions.next_hop.call(leg_uid=str(leg.uid))

        case.refresh_from_db()
        assert (case.queue, case.is_unroutable) == ("triage", True)
        assert Record.objects.filter(kind="cases.CaseUnroutable").count() == 1

    def test_a_body_answers_once(self, settle: Settle, cem: User) -> None:
        leg = referred(case_about(Nature.BULLYING), body("only", "hotline"), by=cem)
        legs.handed(leg, by=cem, at=AT)
        legs.answer(leg, said=legs.Said.DECLINED, words="Not ours.", at=AT)

        with pytest.raises(legs.MovedOn):
            legs.answer(leg, said=legs.Said.ACCEPTED, words="", at=AT)

    @pytest.mark.parametrize("said", [legs.Said.DECLINED, legs.Said.DONE])
    def test_an_answer_that_ends_it_says_why_or_what(self, said: legs.Said, cem: User) -> None:
        leg = referred(case_about(Nature.BULLYING), body("only", "hotline"), by=cem)
        legs.handed(leg, by=cem, at=AT)

        with pytest.raises(legs.WordsMissing):
            legs.answer(leg, said=said, words=" ", at=AT)


@pytest.mark.parametrize("name", ["eu", "general", "mongolia", "uk", "us"])
def test_every_leg_that_is_handed_back_goes_on_to_somebody_until_triage_has_it(
    name: str, settle: Settle, cem: User, dan: User, sam: User
) -> None:
    routing.go_live(routing.install(name, by=sam, at=AT), by=sam, at=AT)
    Body.objects.update(jurisdiction="any")
    case = case_about(Nature.SEXTORTION)
    found_illegal(case, by=cem, and_by=dan)
    settle()
    assert "police" in set(Leg.objects.values_list("name", flat=True))

    for _hop in range(40):
        leg = Leg.objects.filter(state=LegState.HELD).first()
        if leg is None:
            break
        legs.handed(leg, by=dan, at=AT)
        legs.answer(leg, said=legs.Said.DECLINED, words="Not ours.", at=AT)
        settle()
        goes_on = leg.next_hops.exists()
        assert goes_on or Case.objects.get(pk=case.pk).is_unroutable

    assert {state for _body, state in trail(case)} == {"declined"}


class TestHandedOver:
    """What is not for this desk goes to others as a whole."""

    def test_it_leaves_the_queue_and_every_reporter_reads_who_has_it(self, settle: Settle, cem: User) -> None:
        case = case_about(Nature.FRAUD)
        reported(PAGE)

        legs.hand_over(case, to=body("regulator", "regulator"), by=cem, why="Theirs by law.", at=AT)
        settle()
        settle()

        case.refresh_from_db()
        assert case.state == CaseState.REFERRED
        assert outcomes(Outcome.Kind.NOT_OURS) == ["The regulator", "The regulator"]

    def test_it_comes_back_when_it_is_not_theirs(self, settle: Settle, cem: User) -> None:
        case = case_about(Nature.FRAUD)
        leg = legs.hand_over(case, to=body("regulator", "regulator"), by=cem, why="Theirs by law.", at=AT)
        legs.handed(leg, by=cem, at=AT)

        legs.answer(leg, said=legs.Said.DECLINED, words="Not ours.", at=AT)
        settle()

        case.refresh_from_db()
        assert (case.state, case.is_unroutable, case.queue) == (CaseState.OPEN, True, "triage")

    def test_it_stays_away_where_somebody_reported_the_same_meanwhile(self, settle: Settle, cem: User) -> None:
        case = case_about(Nature.FRAUD)
        leg = legs.hand_over(case, to=body("regulator", "regulator"), by=cem, why="Theirs by law.", at=AT)
        legs.handed(leg, by=cem, at=AT)
        again = case_about(Nature.FRAUD)
        assert again.pk != case.pk

        legs.answer(leg, said=legs.Said.DECLINED, words="Not ours.", at=AT)
        settle()

        assert [Case.objects.get(pk=one.pk).state for one in (case, again)] == ["referred", "open"]

    def test_it_cannot_be_given_away_after_it_was_decided(self, cem: User) -> None:
        case = case_about(Nature.FRAUD)
        cases.judge(case, AGAINST_TERMS, by=cem, at=AT)

        with pytest.raises(cases.AlreadyDecided):
            legs.hand_over(case, to=body("regulator", "regulator"), by=cem, why="Theirs.", at=AT)
        assert trail(case) == []

    def test_police_do_not_get_it_whole_before_anybody_found_it_illegal(self, cem: User) -> None:
        case = case_about(Nature.SEXTORTION)

        with pytest.raises(legs.NotForPolice):
            legs.hand_over(case, to=body("police", "police", theirs=("sextortion",)), by=cem, why="Theirs.", at=AT)
        case.refresh_from_db()
        assert case.state == CaseState.OPEN


def test_reporters_read_who_was_sent_a_part_but_nothing_of_police(settle: Settle, cem: User, dan: User) -> None:
    hotline, police = body("hotline", "hotline"), body("police", "police", theirs=("sextortion",))
    case = case_about(Nature.SEXTORTION)
    found_illegal(case, by=cem, and_by=dan)

    for to in (hotline, police):
        legs.handed(referred(case, to, by=cem), by=dan, at=AT)
    settle()

    assert outcomes(Outcome.Kind.SENT_ON) == ["The hotline"]


def test_what_a_person_took_back_is_not_given_again_by_a_rule(settle: Settle, cem: User, dan: User) -> None:
    body("hotline", "hotline")
    in_force(rule("to-hotline", "hotline"))
    case = case_about(Nature.SEXTORTION)
    settle()

    legs.take_back(Leg.objects.get(), by=cem, why="Asked by the family.", at=AT)
    found_illegal(case, by=cem, and_by=dan)
    settle()

    assert trail(case) == [("hotline", "recalled")]


def test_a_body_that_is_late_is_counted_once_and_asked_again_where_the_rule_says_so(settle: Settle) -> None:
    with taker() as system:
        by_webhook("hotline", "hotline", system)
        in_force(rule("to-hotline", "hotline", at_breach="remind"))
        case_about(Nature.SEXUAL_CHILD)
        settle()
        due_at = Leg.objects.get().due_at

        legs.note_overdue(due_at - timedelta(seconds=1))
        assert not Leg.objects.get().is_breached
        legs.note_overdue(due_at)
        legs.note_overdue(due_at + timedelta(hours=1))
        settle(at=due_at + timedelta(hours=1))

        assert Leg.objects.get().is_breached
        assert Record.objects.filter(kind="cases.LegBreached").count() == 1
        assert system.kinds == ["referral.made", "referral.reminded"]


def test_a_late_leg_brings_its_case_back_to_triage_where_the_rule_says_so(settle: Settle) -> None:
    body("hotline", "hotline")
    in_force(rule("to-hotline", "hotline", at_breach="triage"))
    case = case_about(Nature.SEXUAL_CHILD)
    settle()
    due_at = Leg.objects.get().due_at

    legs.note_overdue(due_at)
    settle(at=due_at)

    case.refresh_from_db()
    assert case.is_unroutable


def test_the_steps_of_a_leg_are_those_of_the_table(cem: User, dan: User) -> None:
    leg = referred(case_about(Nature.BULLYING), body("hotline", "hotline"), by=cem)
    steps: dict[LegState, Callable[[], None]] = {
        LegState.OWED: lambda: legs.release(leg, by=dan, at=AT),
        LegState.SENT: lambda: legs.handed(leg, by=dan, at=AT),
        LegState.ACCEPTED: lambda: legs.answer(leg, said=legs.Said.ACCEPTED, words="", at=AT),
        LegState.DONE: lambda: legs.answer(leg, said=legs.Said.DONE, words="Done.", at=AT),
        LegState.DECLINED: lambda: legs.answer(leg, said=legs.Said.DECLINED, words="No.", at=AT),
        LegState.RECALLED: lambda: legs.take_back(leg, by=dan, why="No.", at=AT),
    }
    for start in LegState:
        for end, step in steps.items():
            Leg.objects.filter(pk=leg.pk).update(state=start)
            try:
                step()
            except (legs.MovedOn, legs.NoWay):
                assert Leg.objects.get(pk=leg.pk).state == start
            else:
                assert end in LEG_MOVES[start]


def test_an_alarm_ends_when_somebody_responsible_is_found(settle: Settle, cem: User, dan: User) -> None:
    in_force(rule("to-police", "police"))
    case = case_about(Nature.SEXTORTION)
    settle()
    case.refresh_from_db()
    assert case.is_unroutable

    body("police", "police", theirs=("sextortion",))
    found_illegal(case, by=cem, and_by=dan)
    settle()

    case.refresh_from_db()
    assert not case.is_unroutable


def test_nothing_that_was_done_names_anybody(settle: Settle, cem: User) -> None:
    hotline, case = body("hotline", "hotline"), case_about(Nature.BULLYING, words="canary words")

    legs.handed(referred(case, hotline, by=cem, why="canary why"), by=cem, at=AT)
    settle()

    written = [*Record.objects.values_list("facts", flat=True), *Delivery.objects.values_list("arguments", flat=True)]
    assert "canary" not in str(written)
