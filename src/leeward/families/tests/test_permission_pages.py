"""The pages of permissions: for the guardian, for the child on its own device, and for the operator; Eve gets nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age.rules import permits
from leeward.core import texts
from leeward.core.models import Organisation, User
from leeward.engines.reading import Band
from leeward.families.areas import services as areas
from leeward.families.areas import urls as area_urls
from leeward.families.areas.models import Area, Member, Moderator
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.months import Month
from leeward.families.models import Child, Device
from leeward.families.permission import link_urls, links, services, urls
from leeward.families.permission.choices import Relation, Scope, State
from leeward.families.permission.models import GuardianLink, Permission
from leeward.families.tests.conftest import NICKNAME, SignIn
from leeward.families.tests.family import joined, show_adult
from leeward.reports.models import Channel, Reason, Report

pytestmark = pytest.mark.django_db
HERE = "/family/permissions/"


@pytest.fixture
def mine(phone: Device) -> Client:
    """The browser of Ana's phone."""
    return joined(phone)


@pytest.fixture
def asked(mine: Client, ana: Child, bea: User, harbour: Organisation) -> Permission:
    """What Ana asks on her phone; Bea has said that Ana is her child, and shown to be a grown-up."""
    links.state(ana, by=bea, at=timezone.now())
    show_adult(bea)
    mine.post("/ask/send", {"service": "harbour", "scopes": ["account", "dm"], "ticket": "ticket-1"})
    return Permission.objects.get()


def test_what_a_child_asks_stands_on_the_family_page(asked: Permission, signed_in: SignIn, bea: User) -> None:
    page = signed_in(bea).get("/family/").text

    assert f'href="/family/permissions/{asked.uid}/"' in page
    assert "needs your permission." in page


def test_no_law_is_named_where_nobody_confirmed_one(asked: Permission, signed_in: SignIn, bea: User) -> None:
    page = signed_in(bea).get(f"/family/permissions/{asked.uid}/").text

    assert ("because here a parent decides" in page, "by law" in page) == (True, False)


def test_a_child_asks_and_reads_the_answer_and_the_receipt(
    asked: Permission, mine: Client, signed_in: SignIn, bea: User
) -> None:
    assert (asked.asked, asked.ticket) == (["account", "dm"], "ticket-1")
    assert "Your family has not answered yet." in mine.get(f"/ask/{asked.uid}/").content.decode()

    signed_in(bea).post(f"{HERE}{asked.uid}/", {"scopes": ["account"], "months": "6"})

    page = mine.get(f"/ask/{asked.uid}/").content.decode()
    assert "Your family said yes." in page
    assert page.index("Have an account of my own") < page.index("You may not do this:") < page.index("only two people")
    assert permits.stands(asked.subject, "account", at=timezone.now())


def test_a_service_sends_a_child_with_what_it_needs_and_nothing_is_asked_before_the_child_presses(
    mine: Client, harbour: Organisation
) -> None:
    page = mine.get("/ask/?service=harbour&scopes=account,post&ticket=abc-1").content.decode()

    assert 'value="abc-1"' in page
    assert page.count("checked") == 3
    assert not Permission.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"service": "harbour"},
        {"scopes": "account"},
        {"service": "none", "scopes": "account"},
        {"service": "harbour", "scopes": "rule"},
    ],
)
def test_a_question_without_a_place_or_a_thing_is_not_asked(
    said: dict[str, str], mine: Client, harbour: Organisation
) -> None:
    assert mine.post("/ask/send", said).status_code == 422
    assert not Permission.objects.exists()


@pytest.mark.parametrize("ticket", ["<script>", "a b", "x" * 65, "née"])
def test_a_ticket_that_is_none_is_left_out(ticket: str, mine: Client, harbour: Organisation) -> None:
    mine.post("/ask/send", {"service": "harbour", "scopes": "account", "ticket": ticket})

    assert Permission.objects.get().ticket == ""


def test_a_child_takes_its_question_back(asked: Permission, mine: Client) -> None:
    mine.post(f"/ask/{asked.uid}/back")

    asked.refresh_from_db()
    assert asked.state == State.WITHDRAWN
    assert mine.post(f"/ask/{asked.uid}/back").status_code == 302


def test_a_child_says_that_a_grown_up_shall_not_decide_and_the_guardian_is_not_told_why(
    asked: Permission, mine: Client, signed_in: SignIn, bea: User, olga: User
) -> None:
    link = GuardianLink.objects.get()
    assert "bea" in mine.get("/ask/grown-ups/").content.decode()

    mine.post(f"/ask/grown-ups/{link.uid}/unlink")

    assert "A person looks at it." in mine.get("/ask/grown-ups/").content.decode()
    page = signed_in(bea).get(HERE).content.decode()
    assert "A person of your provider looks at this first." in page
    assert "does not want" not in page
    answer = signed_in(bea).post(f"{HERE}{asked.uid}/", {"scopes": ["account"], "months": "6"})
    assert answer.status_code == 422
    queue = signed_in(olga).get("/age/links/").content.decode()
    assert "The child does not want this grown-up to decide" in queue
    assert NICKNAME not in queue
    signed_in(olga).post(f"/age/links/{link.uid}/lift")
    link.refresh_from_db()
    assert link.state == "active"


def test_a_stranger_reads_nothing_of_anybody(asked: Permission, client: Client) -> None:
    link, member_uid = GuardianLink.objects.get(), asked.uid
    for place in ("/ask/", "/ask/grown-ups/", f"/ask/{asked.uid}/", "/ask/areas/"):
        answer = client.get(place)
        assert answer.status_code == 403
        assert not any(word in answer.content.decode() for word in (NICKNAME, "bea", "Harbour"))
    posts = (
        "/ask/send",
        f"/ask/{asked.uid}/back",
        f"/ask/grown-ups/{link.uid}/unlink",
        f"/ask/areas/{member_uid}/leave",
    )
    for place in posts:
        assert client.post(place).status_code == 403
    asked.refresh_from_db()
    assert asked.state == State.ASKED
    assert GuardianLink.objects.get().state == "active"


def test_a_guardian_says_allows_takes_back_and_undoes_on_the_page(
    mine: Client, ana: Child, harbour: Organisation, signed_in: SignIn, bea: User
) -> None:
    mine.post("/ask/send", {"service": "harbour", "scopes": ["account"]})
    asked, browser = Permission.objects.get(), signed_in(bea)
    answer = browser.post(f"{HERE}{asked.uid}/", {"scopes": ["account"], "months": "6"})
    assert "Say first that this is your child." in answer.content.decode()
    browser.post(f"{HERE}children/{ana.uid}/link")
    answer = browser.post(f"{HERE}{asked.uid}/", {"scopes": ["account"], "months": "6"})
    assert "Show first that you are a grown-up." in answer.content.decode()
    show_adult(bea)
    assert browser.post(f"{HERE}{asked.uid}/", {"months": "6"}).status_code == 422

    browser.post(f"{HERE}{asked.uid}/", {"scopes": ["account"], "months": "12"})
    assert "Take back" in browser.get(HERE).content.decode()
    assert services.NOTICE in browser.get(f"{HERE}{asked.uid}/").content.decode()
    browser.post(f"{HERE}{asked.uid}/revoke")
    assert not permits.scopes(asked.subject, at=timezone.now())
    browser.post(f"{HERE}{asked.uid}/undo")
    assert permits.scopes(asked.subject, at=timezone.now()) == {"account"}


def test_a_guardian_says_the_month_and_has_it_forgotten(ana: Child, signed_in: SignIn, bea: User) -> None:
    browser, year = signed_in(bea), timezone.now().year - 12
    place = f"{HERE}children/{ana.uid}/birthday/"
    assert browser.post(place, {"month": "13", "year": "1"}).status_code == 422

    browser.post(place, {"month": "3", "year": str(year)})
    assert birthdays.coming(ana) is not None
    assert str(year) not in browser.get(HERE).content.decode()
    browser.post(f"{place}forget")
    assert birthdays.coming(ana) is None


def test_child_and_guardian_read_that_a_birthday_nears_and_not_earlier(
    mine: Client, ana: Child, signed_in: SignIn, bea: User
) -> None:
    at = timezone.now()
    birthdays.say(ana, Month(at.year - 12, at.month), by=bea, at=at)
    assert "Soon you will be" not in mine.get("/ask/").content.decode()

    coming = birthdays.coming(ana)
    assert coming is not None
    birthdays.move_on(coming.month.begins_at - timedelta(days=6))

    assert "Soon you will be" in mine.get("/ask/").content.decode()
    assert "<strong>Soon:</strong>" in signed_in(bea).get(HERE).content.decode()


def test_a_guardian_says_the_country(ana: Child, signed_in: SignIn, bea: User) -> None:
    assert signed_in(bea).post(f"{HERE}country", {"country": "XX"}).status_code == 422
    assert signed_in(bea).post(f"{HERE}country", {"country": ""}).status_code == 302


def test_without_a_place_to_show_an_age_the_guardian_reads_whom_to_ask(
    ana: Child, signed_in: SignIn, bea: User
) -> None:
    assert "Ask your provider." in signed_in(bea).get(HERE).content.decode()
    assert signed_in(bea).get(f"{HERE}age").status_code == 302


def test_what_a_child_reports_and_where_it_finds_help_stands_on_no_page_of_a_guardian(
    asked: Permission, mine: Client, signed_in: SignIn, bea: User, ana: Child
) -> None:
    mine.get("/h/")
    now = timezone.now()
    Report.objects.create(
        reason=Reason.SCARES,
        channel=Channel.FORM,
        page_url="https://scary.example/",
        words="a secret",
        received_at=now,
        receipt=bytes(32),
    )
    browser = signed_in(bea)

    pages = [HERE, f"{HERE}{asked.uid}/", f"{HERE}children/{ana.uid}/birthday/", "/family/", "/family/summary/"]
    said = " ".join(browser.get(place).content.decode() for place in pages)

    assert "scary.example" not in said
    assert "a secret" not in said
    assert "stands on no page of yours" in said


GUARDIAN_DOORS = [str(pattern.name) for pattern in urls.urlpatterns]
OPERATOR_DOORS = [("links", str(one.name)) for one in link_urls.urlpatterns] + [
    ("areas", str(one.name)) for one in area_urls.urlpatterns
]


def addresses(asked: Permission, ana: Child) -> list[str]:
    found = []
    for pattern in urls.urlpatterns:
        uid = ana.uid if "children" in str(pattern.pattern) else asked.uid
        found.append(HERE + str(pattern.pattern).replace("<uuid:uid>", str(uid)))
    return found


@pytest.mark.parametrize("name", ["eve", "olga", "cem"])
def test_no_page_of_guardians_opens_for_anybody_else(
    name: str, request: pytest.FixtureRequest, asked: Permission, ana: Child, signed_in: SignIn
) -> None:
    browser = signed_in(request.getfixturevalue(name))

    for place in addresses(asked, ana):
        assert {browser.get(place).status_code, browser.post(place, {"scopes": "account"}).status_code} == {403}


def test_a_guardian_of_another_family_finds_nothing_there(
    asked: Permission, ana: Child, signed_in: SignIn, fay: User
) -> None:
    show_adult(fay)
    browser = signed_in(fay)

    for place in addresses(asked, ana):
        if place in {HERE, f"{HERE}country", f"{HERE}age"}:
            assert NICKNAME not in browser.get(place).content.decode()
            continue
        answers = {browser.get(place).status_code, browser.post(place, {"scopes": "account", "months": 6}).status_code}
        assert answers <= {404, 405}
    asked.refresh_from_db()
    assert asked.state == State.ASKED


@pytest.mark.parametrize("name", ["eve", "bea", "cem"])
def test_the_operators_pages_open_for_operators_only(
    name: str, request: pytest.FixtureRequest, asked: Permission, signed_in: SignIn
) -> None:
    browser, link = signed_in(request.getfixturevalue(name)), GuardianLink.objects.get()

    places = ["/age/links/", "/age/areas/", f"/age/areas/{link.uid}/", f"/age/areas/moderators/{link.uid}/end"]
    places += [f"/age/links/{link.uid}/{verb}" for verb in ("lift", "end", "hold", "evidence")]
    for place in [*places, f"/age/areas/moderators/{link.uid}/approve"]:
        assert {browser.get(place).status_code, browser.post(place).status_code} == {403}
    link.refresh_from_db()
    assert link.state == "active"


def test_an_operator_holds_a_link_ends_it_and_notes_evidence(asked: Permission, signed_in: SignIn, olga: User) -> None:
    browser, link = signed_in(olga), GuardianLink.objects.get()

    browser.post(f"/age/links/{link.uid}/evidence", {"relation": "roster"})
    link.refresh_from_db()
    assert link.relation == Relation.ROSTER
    browser.post(f"/age/links/{link.uid}/evidence", {"relation": "wish"})
    browser.post(f"/age/links/{link.uid}/hold")
    browser.post(f"/age/links/{link.uid}/end")
    link.refresh_from_db()
    assert (link.state, link.settled_by) == ("ended", olga)


def test_an_operator_opens_an_area_and_a_child_comes_in_and_leaves(
    asked: Permission, mine: Client, signed_in: SignIn, olga: User, bea: User, harbour: Organisation
) -> None:
    browser = signed_in(olga)
    browser.post("/age/areas/", {"name": "Music", "slug": "music"})
    assert browser.post("/age/areas/", {"name": "Music", "slug": "music"}).status_code == 422
    area = Area.objects.get()

    mine.post(f"/ask/areas/{area.uid}/join")

    member = Member.objects.get()
    assert "You are in." in mine.get("/ask/areas/").content.decode()
    assert "area:music:10-12" in browser.get(f"/age/areas/{area.uid}/").content.decode()
    mine.post(f"/ask/areas/{member.uid}/leave")
    assert not permits.scopes(member.subject, at=timezone.now())
    until = (timezone.now() + timedelta(days=90)).date().isoformat()
    draft = {"username": "bea", "check": "record", "reference": "r-1", "valid_until": until}
    assert browser.post(f"/age/areas/{area.uid}/", {**draft, "username": "nobody"}).status_code == 422
    browser.post(f"/age/areas/{area.uid}/", draft)
    moderator = Moderator.objects.get()
    browser.post(f"/age/areas/moderators/{moderator.uid}/approve")
    moderator.refresh_from_db()
    assert moderator.approved_by is None


def test_a_child_that_nobody_vouches_for_reads_whom_to_ask(mine: Client, olga: User) -> None:
    area = areas.open_area(slug="music", name="Music", by=olga, at=timezone.now())

    answer = mine.post(f"/ask/areas/{area.uid}/join")

    assert answer.status_code == 422
    assert "A parent shows their own age first." in answer.content.decode()


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("band", [Band.SMALL, Band.MIDDLE, Band.TEEN])
def test_each_scope_and_each_state_has_words_for_each_child(language: str, band: Band) -> None:
    words = texts.tables(texts.read("families", language=language, band=band))

    assert set(words["scope"]) == set(Scope.values)
    assert words["state"].keys() >= {"asked", "granted", "alone", "frozen", "refused", "withdrawn", "over", "lapsed"}
