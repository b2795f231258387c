"""Rules are changed in a draft, tried on what was met lately, and put in force by the operator."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.core.models import Organisation, Record, User
from leeward.indicators.models import Category, Kind
from leeward.screening import drafts, rules, words
from leeward.screening.models import Answer, Rule
from leeward.screening.tests.people import Answered, match, sign, signed_in, text_of
from leeward.screening.tests.uploads import AT

pytestmark = pytest.mark.django_db

FILLED = {
    "kind": "pdq",
    "category": "bullying",
    "source": "partner:north",
    "within": "12",
    "least_share_percent": "0",
    "least_confidence": "70",
    "answer": "held",
}
SENTENCE = (
    "A picture within 12 bits of a sign, for Bullying, from the partner north, "
    "when the source is at least 70 % sure: held, a person looks."
)


# The place of the first rule that speaks of everything, in what Leeward comes with.
GENERAL = 4


@pytest.fixture
def browser(olga: User) -> Client:
    """The operator's browser."""
    return signed_in(olga)


def shown(browser: Client) -> Answered:
    return browser.get("/screening/rules/").context


def step(browser: Client, name: str, place: int) -> Answered:
    return browser.post("/screening/rules/step", {"step": name, "place": place}, follow=True)


def in_force() -> list[str]:
    return [words.sentence(rule) for rule in rules.in_force()]


def test_the_rules_in_force_are_sentences(browser: Client) -> None:
    sentences = shown(browser)["sentences"]

    assert len(sentences) == len(rules.DEFAULTS)
    assert sentences[4] == (
        "Anything within 31 bits of a sign, from anybody, when the source is at least 50 % sure: "
        "known, and a case is opened."
    )
    assert not shown(browser)["is_draft"]


@pytest.mark.parametrize("kind", ["", *Kind])
@pytest.mark.parametrize("answer", list(Answer))
@pytest.mark.parametrize("share", [0, 40])
def test_every_rule_can_be_said(kind: str, answer: Answer, share: int) -> None:
    sentence = words.sentence(Rule(kind=kind, answer=answer, least_share_percent=share, within=7))

    assert sentence.endswith(".")
    assert "%(" not in sentence


def test_a_rule_is_added_tried_and_put_in_force_and_looks_the_same_again(browser: Client, olga: User) -> None:
    browser.post("/screening/rules/add", FILLED)
    drafted, before = shown(browser), in_force()
    browser.post("/screening/rules/apply")

    assert (drafted["is_draft"], drafted["sentences"][GENERAL]) == (True, SENTENCE)
    assert SENTENCE not in before
    assert in_force()[GENERAL] == SENTENCE
    assert not shown(browser)["is_draft"]
    row = Rule.objects.all()[GENERAL]
    assert drafts.plain([row]) == [
        {
            "kind": Kind.PDQ,
            "category": Category.BULLYING,
            "source": "partner:north",
            "within": 12,
            "least_share_percent": 0,
            "least_confidence": 70,
            "answer": Answer.HELD,
            "opens_case": False,
        }
    ]
    assert Record.objects.get(kind="screening.RulesChanged").actor == f"user:{olga.pk}"


def test_a_new_rule_stands_above_those_that_speak_of_everything_and_its_place_is_said(browser: Client) -> None:
    answer = browser.post("/screening/rules/add", FILLED | {"least_confidence": "0"}, follow=True)

    assert "The new rule is number 5." in text_of(answer)
    assert answer.context["never_reached"] == 0
    assert answer.context["sentences"][GENERAL].startswith("A picture within 12 bits of a sign, for Bullying")


def test_a_rule_that_can_never_be_reached_is_marked(browser: Client) -> None:
    browser.post("/screening/rules/add", FILLED)
    at_first = text_of(browser.get("/screening/rules/"))
    step(browser, "down", GENERAL)

    page = text_of(browser.get("/screening/rules/"))

    assert "Never reached" not in at_first
    assert page.count("Never reached: the rules above it answer first.") == 1
    assert "1 rule can never be reached." in page


def test_what_a_clear_rule_means_is_said(browser: Client) -> None:
    assert shown(browser)["sentences"][2] == (
        "A video with any frame within 31 bits of a sign, from anybody: clear, that is too little to refuse or to hold."
    )


def test_a_rule_is_changed_in_its_place(browser: Client) -> None:
    form = browser.get("/screening/rules/1/change").context["form"]

    browser.post("/screening/rules/1/change", FILLED)

    assert form.initial["least_share_percent"] == rules.SOME_VIDEO_PERCENT
    assert shown(browser)["sentences"][1] == SENTENCE
    assert len(shown(browser)["sentences"]) == len(rules.DEFAULTS)


def test_rules_are_moved_and_taken_out(browser: Client) -> None:
    first, second, third, *rest = in_force()

    step(browser, "down", 0)
    moved = shown(browser)["sentences"][:3]
    step(browser, "up", 2)
    again = shown(browser)["sentences"][:3]
    step(browser, "remove", 0)

    assert (moved, again) == ([second, first, third], [second, third, first])
    assert shown(browser)["sentences"] == [third, first, *rest]
    assert in_force() == [first, second, third, *rest], "a draft is not in force"


def test_a_rule_at_an_end_stays_where_it_is(browser: Client) -> None:
    last = len(rules.DEFAULTS) - 1

    step(browser, "up", 0)
    step(browser, "down", last)

    assert shown(browser)["sentences"] == in_force()
    assert not shown(browser)["is_draft"]


def test_the_last_rule_stays(browser: Client) -> None:
    for _ in range(len(rules.DEFAULTS) - 1):
        step(browser, "remove", 0)

    answer = step(browser, "remove", 0)

    assert "The last rule stays" in text_of(answer)
    assert len(shown(browser)["sentences"]) == 1


@pytest.mark.parametrize(
    "wrong", [{"step": "up", "place": 99}, {"step": "away", "place": 0}, {"step": "up", "place": -1}, {}]
)
def test_a_step_with_a_rule_that_is_not_there_changes_nothing(browser: Client, wrong: dict[str, object]) -> None:
    browser.post("/screening/rules/step", wrong)

    assert not shown(browser)["is_draft"]


@pytest.mark.parametrize("place", ["99", "x", "-1", "²"])
def test_a_rule_that_is_not_there_cannot_be_changed(browser: Client, place: str) -> None:
    assert browser.get(f"/screening/rules/{place}/change").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("within", "32"), ("within", ""), ("answer", ""), ("least_confidence", "101"), ("kind", "smell")],
)
def test_a_rule_with_a_wrong_field_is_explained_and_not_taken(browser: Client, field: str, value: str) -> None:
    answer = browser.post("/screening/rules/add", FILLED | {field: value})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not shown(browser)["is_draft"]


def test_a_draft_can_be_thrown_away(browser: Client) -> None:
    step(browser, "remove", 0)
    browser.post("/screening/rules/discard")

    assert not shown(browser)["is_draft"]
    assert shown(browser)["sentences"] == in_force()


def test_the_rules_that_leeward_comes_with_come_back(browser: Client, olga: User) -> None:
    rules.replace([Rule(order=1, answer=Answer.HELD)], by=olga, at=AT)

    browser.post("/screening/rules/defaults")
    drafted = shown(browser)
    browser.post("/screening/rules/apply")

    assert drafted["is_draft"]
    assert not Rule.objects.exists()
    assert shown(browser)["are_defaults"]


def test_a_draft_does_not_overwrite_what_somebody_else_put_in_force_meanwhile(browser: Client, olga: User) -> None:
    step(browser, "remove", 0)
    rules.replace([Rule(order=1, answer=Answer.HELD)], by=olga, at=AT)

    answer = browser.post("/screening/rules/apply", follow=True)

    assert "Somebody changed the rules meanwhile." in text_of(answer)
    assert [rule.answer for rule in rules.in_force()] == [Answer.HELD]


def test_the_dry_run_shows_which_matches_would_get_another_answer(browser: Client, harbour: Organisation) -> None:
    partner, own = sign("a", source="partner:north"), sign("b")
    for bits in (2, 20, 30):
        match(partner, harbour, distance_bits=bits)
    match(own, harbour, distance_bits=30)
    browser.post("/screening/rules/4/change", FILLED | {"category": "", "answer": "known"})
    browser.post("/screening/rules/5/change", FILLED | {"category": "", "source": "decision:", "within": "31"})

    dry_run = shown(browser)["dry_run"]

    shifts = {(shift.before, shift.after): shift.count for shift in dry_run.shifts}
    assert shifts == {(Answer.KNOWN, Answer.CLEAR): 2, (Answer.KNOWN, Answer.HELD): 1}
    assert (dry_run.asked, dry_run.changed) == (4, 3)


def test_the_dry_run_asks_the_newest_matches_only(harbour: Organisation) -> None:
    by = sign()
    for number in range(5):
        match(by, harbour, distance_bits=number)

    assert drafts.dry_run(rules.DEFAULTS, most=3).asked == 3


def test_a_draft_without_matches_says_that_it_cannot_be_tried(browser: Client) -> None:
    step(browser, "remove", 0)

    assert "no matches yet" in text_of(browser.get("/screening/rules/"))
