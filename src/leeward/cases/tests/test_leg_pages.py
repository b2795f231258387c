"""The pages of rules, bodies and legs; and the public one, where a body answers with its code."""

from __future__ import annotations

import re
import shutil
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from leeward.cases import leg_making, legs, routing, urls
from leeward.cases.models import Body, Case, Contact, Leg, Queue, Rule
from leeward.cases.states import CaseState, LegState
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AT, Answer
from leeward.cases.tests.legs import body, case_about, in_force, referred, rule, rules_in_force, trail
from leeward.core import config
from leeward.core.models import User
from leeward.reports import receipts
from leeward.reports.models import Nature

pytestmark = pytest.mark.django_db

SECRET_PLACE = "https://secret-place.example/photos/7"
MINE = {"cases/<uuid:uid>/refer", "cases/<uuid:uid>/hand-over"}
ROUTES = [
    str(pattern.pattern)
    for pattern in urls.urlpatterns
    if str(pattern.pattern).startswith(("rules/", "bodies/", "queues/", "legs/")) or str(pattern.pattern) in MINE
]
FOR_SENIORS = [route for route in ROUTES if route.startswith(("rules/", "bodies/", "queues/"))]
FOR_REVIEWERS = {"rules/", "bodies/", "bodies/<slug:slug>/", "queues/"}


@pytest.fixture
def leg(cem: User) -> Leg:
    """A leg of a case about a secret place, with rules in force, a draft, and a contact."""
    in_force(rule("to-hotline", "hotline"))
    routing.install("general", by=None, at=AT)
    hotline = body("hotline", "hotline", is_confirmed=False)
    Contact.objects.create(body=hotline)
    Queue.objects.create(slug="idle", title="Idle")
    return referred(case_about(Nature.SEXTORTION, SECRET_PLACE), hotline, by=cem)


def address(route: str, leg: Leg) -> str:
    row = Rule.objects.filter(rule_set="draft:general").first()
    uid = row.uid if row and route.startswith("rules/") else leg.uid if route.startswith("legs/") else leg.case.uid
    slug = "idle" if route.startswith("queues/") else "hotline"
    parts = {"uid": uid, "name": "general", "slug": slug, "number": Contact.objects.get().pk}
    return "/desk/" + re.sub(r"<\w+:(\w+)>", lambda match: str(parts[match[1]]), route)


def everything() -> list[object]:
    models = (Leg, Body, Contact, Queue, Rule, Case)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


FILLED = {"why": "Theirs.", "step": "remove", "name": "uk", "said": "done", "words": "Done.", "transport": "task"}


def knock(browser: Client, route: str, leg: Leg) -> list[Answer]:
    place = address(route, leg)
    return [browser.get(place), browser.post(place, FILLED | {"body": str(leg.body_id), "slug": "new", "title": "New"})]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["eve", "bea", "olga", "carla", "pat"])
def test_without_a_reviewers_role_every_page_shows_and_changes_nothing(
    request: pytest.FixtureRequest, signed_in: SignIn, leg: Leg, route: str, name: str
) -> None:
    before = everything()

    answers = knock(signed_in(request.getfixturevalue(name)), route, leg)

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not [answer for answer in answers if b"secret-place" in answer.content]
    assert everything() == before


@pytest.mark.parametrize("route", ROUTES)
def test_somebody_who_is_not_signed_in_is_sent_to_the_sign_in(client: Client, leg: Leg, route: str) -> None:
    before = everything()

    answers = knock(client, route, leg)

    assert all(answer["Location"].startswith("/account/login/") for answer in answers)
    assert everything() == before


@pytest.mark.parametrize("route", FOR_SENIORS)
def test_a_reviewer_sees_rules_bodies_and_queues_and_changes_none(
    signed_in: SignIn, cem: User, leg: Leg, route: str
) -> None:
    before = everything()

    got, _posted = knock(signed_in(cem), route, leg)

    assert got.status_code == (200 if route in FOR_REVIEWERS else 403)
    assert everything() == before


def test_a_senior_reviewer_brings_a_shipped_set_into_force(signed_in: SignIn, sam: User) -> None:
    browser = signed_in(sam)
    assert "No rules are in force" in browser.get("/desk/rules/").content.decode()

    draft = browser.post("/desk/rules/install", {"name": "mongolia"})["Location"]
    first = routing.draft_rows("draft:mongolia")[0]
    browser.post(f"{draft}{first.uid}/step", {"step": "down"})
    tried = browser.get(f"{draft}dry-run").content.decode()
    browser.post(f"{draft}live")

    assert "There are no cases yet" in tried
    assert rules_in_force()[1] == first.rule["id"]
    assert "Confirm with counsel" in browser.get("/desk/rules/").content.decode()


def test_rules_that_do_not_fit_stay_a_draft_and_the_page_says_why(signed_in: SignIn, sam: User) -> None:
    browser = signed_in(sam)
    browser.post("/desk/rules/install", {"name": "mongolia"})
    Queue.objects.all().delete()

    page = browser.post("/desk/rules/mongolia/live", follow=True).content.decode()

    assert "Nothing is in force yet" in page
    assert rules_in_force() == []


def test_a_rule_is_added_and_a_wrong_one_is_not_kept(signed_in: SignIn, sam: User) -> None:
    browser, row = signed_in(sam), rule("new", "hotline")
    filled = {name: value for name, value in row.items() if name != "fields"} | {"at_breach": "alarm"}

    wrong = browser.post("/desk/rules/own/add", filled | {"jurisdiction": "Mongolia"})
    right = browser.post("/desk/rules/own/add", filled | {"jurisdiction": "MN, EU", "fields_out": row["fields"]})

    assert (wrong.status_code, right.status_code) == (422, 302)
    kept = Rule.objects.get()
    assert (kept.rule_set, kept.rule["when"]) == ("draft:own", {"jurisdiction": ["MN", "EU"]})


def test_a_dry_run_shows_which_cases_would_go_otherwise(signed_in: SignIn, sam: User, leg: Leg) -> None:
    page = signed_in(sam).get("/desk/rules/general/dry-run?last=5").content.decode()

    assert leg.case.ref in page
    assert "secret-place" not in page


def test_a_body_is_added_given_a_system_and_confirmed(signed_in: SignIn, sam: User) -> None:
    browser = signed_in(sam)
    told = {"slug": "hot", "name": "Hot", "kind": "hotline", "jurisdiction": "MN", "responsible_for": "any"}
    browser.post("/desk/bodies/add", told | {"source": "Their page"})
    plain = browser.post("/desk/bodies/hot/contacts", {"transport": "webhook", "url": "http://hot.example/"})
    added = browser.post("/desk/bodies/hot/contacts", {"transport": "webhook", "url": "https://hot.example/"})
    browser.post("/desk/bodies/hot/confirm")

    assert (plain.status_code, Contact.objects.count()) == (422, 1)
    assert re.search(r"whsec_[A-Za-z0-9+/=]{44}", added.content.decode())
    assert "whsec_" not in browser.get("/desk/bodies/hot/").content.decode()
    assert Body.objects.get().confirmed_by == sam


def test_police_cannot_be_made_responsible_for_everything(signed_in: SignIn, sam: User) -> None:
    told = {"slug": "p", "name": "P", "kind": "police", "jurisdiction": "MN", "responsible_for": "any", "source": "x"}

    assert signed_in(sam).post("/desk/bodies/add", told).status_code == 422
    assert not Body.objects.exists()


def test_the_page_says_that_triage_stays(signed_in: SignIn, sam: User) -> None:
    Queue.objects.get_or_create(slug="triage", defaults={"title": "Triage"})

    page = signed_in(sam).post("/desk/queues/triage/delete", follow=True).content.decode()

    assert "This queue stays" in page
    assert Queue.objects.filter(slug="triage").exists()


class TestCasePage:
    """What a reviewer sees and does at a case."""

    def test_every_hop_stands_there_with_its_clock_and_what_was_said(
        self, signed_in: SignIn, cem: User, dan: User, leg: Leg
    ) -> None:
        legs.handed(leg, by=dan, at=AT)
        legs.answer(leg, said=legs.Said.DECLINED, words="Another country.", at=AT)

        page = signed_in(cem).get(f"/desk/cases/{leg.case.uid}/").content.decode()

        assert "First try" in page
        assert "Another country." in page
        assert "Not theirs: handed back" in page

    def test_whoever_hands_it_over_reads_the_code_there_and_nobody_before(
        self, signed_in: SignIn, cem: User, leg: Leg
    ) -> None:
        browser, code = signed_in(cem), receipts.grouped(leg_making.code_of(leg))
        before = browser.get(f"/desk/cases/{leg.case.uid}/").content.decode()

        browser.post(f"/desk/legs/{leg.uid}/handed")
        after = browser.get(f"/desk/cases/{leg.case.uid}/").content.decode()

        assert code not in before
        assert code in after

    def test_whoever_hands_it_over_has_the_values_to_copy_and_to_print(
        self, signed_in: SignIn, cem: User, leg: Leg
    ) -> None:
        Leg.objects.filter(pk=leg.pk).update(fields=["case_ref", "page_url"])
        browser, code = signed_in(cem), receipts.grouped(leg_making.code_of(leg))

        page = browser.get(f"/desk/cases/{leg.case.uid}/").content.decode()
        before = browser.get(f"/desk/legs/{leg.uid}/paper")
        browser.post(f"/desk/legs/{leg.uid}/handed")
        after = browser.get(f"/desk/legs/{leg.uid}/paper").content.decode()

        box = re.search(r"<pre[^>]*>([^<]+)</pre>", page.partition('class="paper"')[2])
        assert box is not None
        for words in (f"case_ref: {leg.case.ref}", f"page_url: {SECRET_PLACE}", "Theirs by law."):
            assert words in box[1]
            assert words in before.content.decode()
            assert words in after
        assert before["Content-Type"] == "text/plain; charset=utf-8"
        assert "no-store" in before["Cache-Control"]
        assert code not in before.content.decode()
        assert f"Code: {code}" in after

    def test_a_person_reads_the_matter_in_words(self, signed_in: SignIn, cem: User, leg: Leg) -> None:
        Leg.objects.filter(pk=leg.pk).update(fields=["matter"])
        Case.objects.filter(pk=leg.case.pk).update(nature=Nature.SELF_HARM)

        paper = signed_in(cem).get(f"/desk/legs/{leg.uid}/paper").content.decode()

        assert f"matter: {Nature.SELF_HARM.label}" in paper

    def test_what_shows_who_somebody_is_stands_only_before_the_second_person(
        self, signed_in: SignIn, cem: User, dan: User
    ) -> None:
        case = case_about(Nature.SEXTORTION, SECRET_PLACE, words="He calls himself the walrus.")
        leg = referred(case, body("hotline", "hotline"), by=cem, fields=("case_ref", "reporter_words"))

        asked, colleague = (signed_in(one).get(f"/desk/legs/{leg.uid}/paper") for one in (cem, dan))

        assert asked.status_code == 302
        assert "reporter_words: He calls himself the walrus." in colleague.content.decode()

    def test_a_reviewer_gives_others_their_part(self, signed_in: SignIn, cem: User) -> None:
        case, hotline = case_about(Nature.BULLYING), body("hotline", "hotline")

        answer = signed_in(cem).post(
            f"/desk/cases/{case.uid}/refer", {"body": hotline.pk, "why": "Theirs.", "fields_out": ["case_ref"]}
        )

        assert answer.status_code == 302
        leg = Leg.objects.get()
        assert (leg.body, leg.fields, leg.sent_by) == (hotline, ["case_ref"], cem)

    def test_the_page_refuses_police_and_says_what_to_do(self, signed_in: SignIn, cem: User) -> None:
        case, police = case_about(Nature.SELF_HARM), body("police", "police", theirs=("danger",))
        browser, place = signed_in(cem), f"/desk/cases/{case.uid}/refer"

        refused = browser.post(place, {"body": police.pk, "why": "Theirs."})
        browser.post(place, {"body": police.pk, "why": "Ana says that she is in danger.", "is_danger": "on"})

        assert refused.status_code == 422
        assert "confirm it below" in refused.content.decode()
        assert [leg.given_by for leg in Leg.objects.all()] == [leg_making.DANGER]

    def test_a_whole_case_is_handed_over(self, signed_in: SignIn, cem: User) -> None:
        case, regulator = case_about(Nature.FRAUD), body("regulator", "regulator")

        signed_in(cem).post(f"/desk/cases/{case.uid}/hand-over", {"body": regulator.pk, "why": "Theirs."})

        case.refresh_from_db()
        assert case.state == CaseState.REFERRED

    def test_a_case_that_nobody_is_responsible_for_says_so(self, signed_in: SignIn, cem: User) -> None:
        case = case_about(Nature.OTHER)
        legs.alarm(case, at=AT)

        assert "Nobody responsible is known" in signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    def test_a_reviewer_notes_what_a_body_said(self, signed_in: SignIn, dan: User, leg: Leg) -> None:
        browser = signed_in(dan)
        browser.post(f"/desk/legs/{leg.uid}/handed")

        browser.post(f"/desk/legs/{leg.uid}/answer", {"said": "done", "words": ""})
        assert trail(leg.case) == [("hotline", "sent")]
        browser.post(f"/desk/legs/{leg.uid}/answer", {"said": "done", "words": "They took it down."})

        assert trail(leg.case) == [("hotline", "done")]


class TestPublicPage:
    """A body without an account answers with its code."""

    @pytest.fixture
    def code(self, leg: Leg, cem: User) -> str:
        legs.handed(leg, by=cem, at=AT)
        return leg_making.code_of(leg)

    def ticket(self, client: Client, code: str) -> str:
        page = client.post("/legs/", {"code": receipts.grouped(code)}).content.decode()
        found = re.search(r'name="ticket" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def test_it_shows_whose_answer_is_awaited_and_nothing_of_the_content(self, client: Client, code: str) -> None:
        page = client.post("/legs/", {"code": code})

        assert page.status_code == 200
        assert "The hotline" in page.content.decode()
        assert "secret-place" not in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert code not in page.content.decode()

    def test_a_body_says_that_it_is_not_theirs_and_why(self, client: Client, code: str) -> None:
        ticket = self.ticket(client, code)

        without_words = client.post("/legs/", {"ticket": ticket, "said": "declined"})
        with_words = client.post("/legs/", {"ticket": ticket, "said": "declined", "words": "Another country."})

        assert (without_words.status_code, with_words.status_code) == (422, 200)
        leg = Leg.objects.get()
        assert (leg.state, leg.answer) == (LegState.DECLINED, "Another country.")

    def test_a_body_accepts_first_and_tells_later_what_it_did(self, client: Client, code: str) -> None:
        client.post("/legs/", {"ticket": self.ticket(client, code), "said": "accepted"})
        client.post("/legs/", {"ticket": self.ticket(client, code), "said": "done", "words": "It is gone."})

        assert (Leg.objects.get().state, Leg.objects.get().answer) == (LegState.DONE, "It is gone.")

    def test_an_answer_that_comes_too_late_changes_nothing_and_says_so(
        self, client: Client, code: str, leg: Leg, cem: User
    ) -> None:
        ticket = self.ticket(client, code)
        legs.take_back(leg, by=cem, why="Asked by the family.", at=AT)

        answer = client.post("/legs/", {"ticket": ticket, "said": "accepted"})

        assert answer.status_code == 409
        assert "Nothing was changed" in answer.content.decode()
        assert "family" not in answer.content.decode()
        assert Leg.objects.get().state == LegState.RECALLED

    def test_a_code_opens_nothing_before_its_leg_has_left(self, client: Client, leg: Leg) -> None:
        answer = client.post("/legs/", {"code": leg_making.code_of(leg)})

        assert answer.status_code == 422
        assert "The hotline" not in answer.content.decode()

    def test_wrong_codes_make_the_next_try_wait(self, client: Client) -> None:
        shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)

        answers = [client.post("/legs/", {"code": receipts.new()}).status_code for _number in range(8)]

        assert answers[:5] == [422] * 5
        assert answers[-1] == 429

    def test_a_made_up_ticket_opens_nothing(self, client: Client, code: str) -> None:
        answer = client.post("/legs/", {"ticket": f"1:{uuid.uuid4()}", "said": "done", "words": "Done."})

        assert answer.status_code == 422
        assert Leg.objects.get().state == LegState.SENT


def test_the_address_in_letters_is_the_one_of_the_page() -> None:
    assert reverse("legs") == "/legs/"


def test_cases_stay_where_they_are_when_other_rules_come(cem: User, sam: User, leg: Leg) -> None:
    before = trail(leg.case)

    routing.go_live("draft:general", by=sam, at=AT)

    assert trail(leg.case) == before
