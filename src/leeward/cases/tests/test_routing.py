"""Rules: what they may ask, how they come into force, and what a dry run shows before that."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import responsible, routing, rule_drafts
from leeward.cases import services as cases
from leeward.cases.leg_forms import RuleForm
from leeward.cases.models import Body, Leg, Queue, Rule
from leeward.cases.tests.desk import AT, ILLEGAL, UNDONE, found_illegal, undone, with_evidence
from leeward.cases.tests.legs import body, case_about, in_force, rule, rules_in_force, senior
from leeward.core.models import Record, User
from leeward.engines import routing as engine
from leeward.reports.models import Nature, Reason

pytestmark = pytest.mark.django_db

ROWS = (rule("one", "hotline"), rule("two", "helpline"), rule("three", "regulator"))


def drafted(*rows: dict[str, Any]) -> str:
    """Keep a draft, and return its name."""
    rules = [(engine.Rule.from_dict(row), AT.date()) for row in rows]
    routing.keep("draft:test", rules)
    return "draft:test"


def names(draft: str = "draft:test") -> list[str]:
    return [row.rule["id"] for row in routing.draft_rows(draft)]


class TestFacts:
    """What the rules may ask about a case is what stands there now."""

    def test_a_report_says_what_it_is_and_nothing_is_found_yet(self) -> None:
        facts = routing.facts_of(case_about(Nature.SEXTORTION, reason=Reason.DANGER, band="10-12"))

        assert (facts.nature, facts.category, facts.is_illegal) == ("sextortion", "", False)
        assert (facts.is_danger, facts.is_danger_confirmed, facts.reporter_is_child) == (True, False, True)
        assert facts.hosted == engine.Hosted.THIRD

    def test_a_decision_that_two_people_took_makes_it_illegal_until_it_is_reversed(
        self, cem: User, dan: User, sam: User
    ) -> None:
        case = case_about(Nature.SEXTORTION)

        decision = found_illegal(case, by=cem, and_by=dan)
        found = routing.facts_of(case)
        cases.reverse(decision, by=sam, at=AT)

        assert (found.is_illegal, found.category) == (True, "sextortion")
        assert not routing.facts_of(case).is_illegal

    def test_what_one_person_proposed_is_not_illegal_yet(self, cem: User) -> None:
        case = case_about(Nature.SEXTORTION)
        cases.judge(case, ILLEGAL, by=cem, at=AT)

        assert not routing.facts_of(case).is_illegal

    def test_a_picture_is_media(self) -> None:
        case = case_about(Nature.BULLYING)
        assert not routing.facts_of(case).has_media

        with_evidence(case)

        assert routing.facts_of(case).has_media

    def test_facts_of_many_are_those_of_each(self, cem: User, dan: User) -> None:
        found = [case_about(nature, f"https://{nature}.example/") for nature in (Nature.BULLYING, Nature.SEXTORTION)]
        found_illegal(found[1], by=cem, and_by=dan)

        assert routing.facts_of_many(found) == {case.pk: routing.facts_of(case) for case in found}


class TestInstalling:
    """What comes with Leeward is a draft until a senior reviewer puts it in force."""

    @pytest.mark.parametrize("name", routing.shipped())
    def test_every_shipped_set_can_be_put_in_force(self, name: str, sam: User) -> None:
        draft = routing.install(name, by=sam, at=AT)
        assert rules_in_force() == []

        routing.go_live(draft, by=sam, at=AT)

        assert rules_in_force() == [one.id for one in routing.read(name).rules]
        assert not Body.objects.exclude(confirmed_at=None).exists()

    def test_the_five_that_are_promised_are_there(self) -> None:
        assert routing.shipped() == ["eu", "general", "mongolia", "uk", "us"]

    def test_installing_again_changes_no_body_and_no_queue_that_is_there(self, sam: User) -> None:
        routing.install("general", by=sam, at=AT)
        Body.objects.update(name="Ours", confirmed_by=sam, confirmed_at=AT)
        Queue.objects.update(title="Ours")
        before = (list(Body.objects.values()), list(Queue.objects.values()))

        routing.install("general", by=sam, at=AT)

        assert (list(Body.objects.values()), list(Queue.objects.values())) == before

    def test_a_command_makes_the_draft_and_nothing_more(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("rules", "install", "mongolia")
        call_command("rules")

        said = capsys.readouterr().out
        assert "drafts: mongolia\nin force: none" in said
        assert rules_in_force() == []

    def test_a_command_with_a_wrong_name_says_which_there_are(self) -> None:
        with pytest.raises(CommandError, match="mongolia"):
            call_command("rules", "install", "../mongolia")

    @pytest.mark.parametrize("name", ["cem", "olga", "eve"])
    def test_nobody_but_a_senior_reviewer_touches_rules(self, name: str, request: pytest.FixtureRequest) -> None:
        person: User = request.getfixturevalue(name)
        draft = drafted(*ROWS)
        row = routing.draft_rows(draft)[0]

        for step in (
            lambda: routing.install("general", by=person, at=AT),
            lambda: routing.go_live(draft, by=person, at=AT),
            lambda: routing.dry_run(draft, last=1, by=person),
            lambda: rule_drafts.begin(by=person),
            lambda: rule_drafts.discard("test", by=person),
            lambda: rule_drafts.step(row, rule_drafts.Step.REMOVE, by=person),
            lambda: rule_drafts.change(row, row.rule, by=person, as_of=AT.date()),
            lambda: rule_drafts.add("test", ROWS[0] | {"id": "four"}, by=person, at=AT),
            lambda: rule_drafts.confirm(row, by=person, at=AT),
        ):
            with pytest.raises(cases.NotForThisPerson):
                step()
        assert (names(), rules_in_force()) == (["one", "two", "three"], [])


class TestDrafts:
    """Rules are changed where nothing follows from them."""

    @settings(max_examples=25, suppress_health_check=UNDONE)
    @given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(rule_drafts.Step)), max_size=8))
    def test_moving_and_removing_keeps_an_order_without_gaps(self, steps: list[tuple[int, rule_drafts.Step]]) -> None:
        with undone():
            expected = [f"rule-{number}" for number in range(5)]
            drafted(*(rule(name, "hotline") for name in expected))
            for number, step in steps:
                if number >= len(expected):
                    continue
                row = Rule.objects.get(rule__id=expected[number])
                rule_drafts.step(row, step, by=senior())
                name = expected.pop(number)
                if step != rule_drafts.Step.REMOVE:
                    expected.insert(max(0, number - 1) if step == rule_drafts.Step.UP else number + 1, name)
            found = list(Rule.objects.filter(rule_set="draft:test").values_list("rule__id", "position"))
            assert found == [(name, place) for place, name in enumerate(expected, start=1)]

    def test_a_draft_begins_as_what_is_in_force_and_leaves_that_as_it_is(self, sam: User) -> None:
        in_force(*ROWS)

        name = rule_drafts.begin(by=sam)
        rule_drafts.step(routing.draft_rows(f"draft:{name}")[2], rule_drafts.Step.UP, by=sam)

        assert (names(f"draft:{name}"), rules_in_force()) == (["one", "three", "two"], ["one", "two", "three"])

    def test_a_changed_rule_must_be_confirmed_again(self, sam: User) -> None:
        row = routing.draft_rows(drafted(*ROWS))[0]
        rule_drafts.confirm(row, by=sam, at=AT)

        rule_drafts.change(row, row.rule | {"why": "Other words."}, by=sam, as_of=AT.date())

        row.refresh_from_db()
        assert (row.rule["why"], row.confirmed_by) == ("Other words.", None)

    def test_two_rules_never_have_one_name(self, sam: User) -> None:
        row = routing.draft_rows(drafted(*ROWS))[0]

        with pytest.raises(rule_drafts.NameTaken):
            rule_drafts.change(row, row.rule | {"id": "two"}, by=sam, as_of=AT.date())
        with pytest.raises(rule_drafts.NameTaken):
            rule_drafts.add("test", row.rule, by=sam, at=AT)

    def test_what_is_in_force_cannot_be_changed_as_a_draft(self, sam: User) -> None:
        in_force(*ROWS)
        row = Rule.objects.filter(is_live=True).latest("position")

        with pytest.raises(rule_drafts.NoSuchRow):
            rule_drafts.change(row, row.rule, by=sam, as_of=AT.date())
        with pytest.raises(rule_drafts.NoSuchRow):
            rule_drafts.step(row, rule_drafts.Step.REMOVE, by=sam)
        assert rules_in_force() == ["one", "two", "three"]


class TestGoingLive:
    """Other rules come into force as a whole, or not at all."""

    def test_a_draft_takes_the_place_of_everything_in_force_and_the_record_says_so(self, sam: User) -> None:
        in_force(*ROWS)

        routing.go_live(drafted(ROWS[1]), by=sam, at=AT)

        assert rules_in_force() == ["two"]
        record = Record.objects.filter(kind="cases.RulesWentLive").latest("pk")
        assert (record.actor, record.facts["rules"], len(record.facts["sha256"])) == (f"user:{sam.pk}", 1, 64)

    def test_rules_that_name_a_body_or_a_queue_that_is_not_there_stay_a_draft(self, sam: User) -> None:
        in_force(ROWS[0])

        for row in (rule("new", "hotline", body="nobody"), rule("new", "desk", queue="nowhere")):
            with pytest.raises(engine.BadRow, match="new"):
                routing.go_live(drafted(row), by=sam, at=AT)

        assert rules_in_force() == ["one"]

    def test_a_draft_goes_live_once(self, sam: User) -> None:
        draft = drafted(*ROWS)
        routing.go_live(draft, by=sam, at=AT)

        with pytest.raises(routing.NoSuchRules):
            routing.go_live(draft, by=sam, at=AT)


class TestDryRun:
    """What would change is seen before it does."""

    def test_it_shows_open_and_decided_cases_that_would_go_otherwise_and_changes_nothing(
        self, sam: User, cem: User, dan: User
    ) -> None:
        body("hotline", "hotline")
        body("police", "police", theirs=("sextortion",))
        in_force(rule("to-hotline", "hotline"))
        bullied = case_about(Nature.BULLYING)
        illegal = case_about(Nature.SEXTORTION, "https://two.example/")
        found_illegal(illegal, by=cem, and_by=dan)
        before = (Leg.objects.count(), Record.objects.count())

        run = routing.dry_run(drafted(rule("to-hotline", "hotline"), rule("to-police", "police")), last=10, by=sam)

        assert [(shift.case.pk, [change.after for change in shift.changes]) for shift in run.shifts] == [
            (illegal.pk, ["police"])
        ]
        assert (run.asked, run.police, run.unroutable) == (2, (0, 1), (0, 0))
        assert (Leg.objects.count(), Record.objects.count()) == before
        assert bullied.pk not in {shift.case.pk for shift in run.shifts}

    def test_it_counts_cases_that_nobody_would_be_responsible_for(self, sam: User) -> None:
        body("hotline", "hotline", theirs=("bullying",))
        in_force(rule("to-hotline", "hotline"))
        case_about(Nature.BULLYING)

        run = routing.dry_run(drafted(rule("to-hotline", "hotline", when={"matter": ["fraud"]})), last=10, by=sam)

        assert run.unroutable == (0, 1)

    def test_it_looks_at_the_newest_ones_only(self, sam: User) -> None:
        for number in range(3):
            case_about(Nature.BULLYING, f"https://page-{number}.example/")

        assert routing.dry_run(drafted(*ROWS), last=2, by=sam).asked == 2

    def test_many_cases_take_as_many_questions_to_the_database_as_few(
        self, sam: User, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            case_about(Nature.BULLYING, f"https://page-{number}.example/")
        draft = drafted(*ROWS)

        with django_assert_max_num_queries(12):
            routing.dry_run(draft, last=12, by=sam)


class TestForm:
    """The form holds every rule that the engine does."""

    @pytest.mark.parametrize("name", routing.shipped())
    def test_a_shipped_rule_that_is_opened_and_kept_is_the_same(self, name: str, sam: User) -> None:
        for row in routing.draft_rows(routing.install(name, by=sam, at=AT)):
            shown = RuleForm(rule=row.rule)
            filled = {field.name: field.value() for field in shown if field.value() not in (None, "")}
            form = RuleForm(filled, rule=row.rule)

            assert form.is_valid(), form.errors
            note = {"note": row.rule["note"]} if "note" in row.rule else {}
            assert engine.Rule.from_dict(form.row(as_of=row.as_of_date) | note).to_dict() == row.rule

    def test_what_the_engine_refuses_is_said_at_its_field(self, sam: User) -> None:
        routing.install("general", by=sam, at=AT)
        row = rule("new", "hotline", due_minutes=0) | {"fields_out": ["case_ref"], "at_breach": "alarm"}

        form = RuleForm(row | {"jurisdiction": "UK"})

        assert not form.is_valid()
        assert set(form.errors) & {"jurisdiction", "due_minutes"}


class TestQueues:
    """`triage` takes what no rule places."""

    def test_triage_cannot_be_deleted(self, sam: User) -> None:
        triage = responsible.keep_queue(Queue.TRIAGE, "Triage", by=sam)

        with pytest.raises(responsible.QueueStays):
            responsible.delete_queue(triage, by=sam)

        assert Queue.objects.filter(slug="triage").exists()

    def test_a_queue_in_which_cases_wait_or_to_which_a_rule_sends_stays(self, sam: User) -> None:
        waits, named, idle = (responsible.keep_queue(slug, slug, by=sam) for slug in ("waits", "named", "idle"))
        case = case_about(Nature.BULLYING)
        type(case).objects.update(queue="waits")
        in_force(rule("here", "desk", queue="named"))

        for queue in (waits, named):
            with pytest.raises(responsible.QueueStays):
                responsible.delete_queue(queue, by=sam)
        responsible.delete_queue(idle, by=sam)

        assert not Queue.objects.filter(slug="idle").exists()


class TestBodies:
    """Nothing is sent by itself to what nobody here has checked."""

    def test_a_change_or_another_contact_must_be_confirmed_again(self, sam: User) -> None:
        hotline = body("hotline", "hotline")

        responsible.add_mail(hotline, mail="desk@hotline.example", is_xarf=False, natures=(), by=sam, at=AT)

        hotline.refresh_from_db()
        assert hotline.confirmed_at is None

    def test_an_address_that_anybody_on_the_way_could_read_is_refused(self, sam: User) -> None:
        with pytest.raises(responsible.NotSafe):
            responsible.add_webhook(
                body("hotline", "hotline"), url="http://hotline.example/", natures=(), by=sam, at=AT
            )

    @pytest.mark.parametrize("name", ["cem", "olga", "eve"])
    def test_nobody_but_a_senior_reviewer_confirms_or_adds(self, name: str, request: pytest.FixtureRequest) -> None:
        person: User = request.getfixturevalue(name)
        hotline = body("hotline", "hotline", is_confirmed=False)

        for step in (
            lambda: responsible.confirm(hotline, by=person, at=AT),
            lambda: responsible.add_task(hotline, natures=(), by=person, at=AT),
            lambda: responsible.add_webhook(hotline, url="https://a.example/", natures=(), by=person, at=AT),
            lambda: responsible.keep_queue("new", "New", by=person),
        ):
            with pytest.raises(cases.NotForThisPerson):
                step()
        hotline.refresh_from_db()
        assert (hotline.confirmed_at, hotline.contacts.count(), Queue.objects.count()) == (None, 0, 0)
