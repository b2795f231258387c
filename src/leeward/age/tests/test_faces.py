"""An estimate from a face says one word, opens little, and stands for nothing but this visit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from leeward.age import attempts, services
from leeward.age.effect.models import Evidence
from leeward.age.faces import odds
from leeward.age.faces.method import MODEL, FaceEstimate
from leeward.age.levels import Kind, Level
from leeward.age.methods.protocol import Limited
from leeward.age.models import AgeFact, AgeTransaction, Requirement, Site
from leeward.age.services import RequirementDraft
from leeward.age.tests.conftest import AT, EVERY_KIND, HOST, SignIn
from leeward.core.models import User

STATIC = Path(__file__).parents[1] / "static" / "age"
VENDORED = STATIC / "faces"


@pytest.fixture
def switched_on(settings: Any) -> None:
    """The operator offers the estimate."""
    settings.LEEWARD = replace(settings.LEEWARD, age=replace(settings.LEEWARD.age, face_estimates=True))


type Area = Callable[..., Requirement]


@pytest.fixture
def area(forum: Site) -> Area:
    """Return what makes an area of the forum: for at least 16 years at «basic» where nothing else is said."""

    def made(
        over: int | None = 16,
        *,
        under: int | None = None,
        level: Level = Level.BASIC,
        kinds: tuple[Kind, ...] = EVERY_KIND,
    ) -> Requirement:
        draft = RequirementDraft("area", "The area", over, under, level, kinds, result_days=30)
        return services.require(forum, draft, actor="system", at=AT)

    return made


def offers(requirement: Requirement) -> bool:
    return "face" in {method.id for method in attempts.offered(requirement)}


def step(client: Client, requirement: Requirement, way: str = "face") -> str:
    form = {"need": requirement.slug, "nonce": "n" * 43, "way": way}
    return str(client.post("/age/begin", form)["Location"])


def answered(client: Client, requirement: Requirement, **form: str) -> AgeTransaction:
    client.post(step(client, requirement), {"model": MODEL} | form)
    return AgeTransaction.objects.latest("begun_at")


def test_it_is_off_until_the_operator_switches_it_on(area: Area, client: Client) -> None:
    requirement = area()

    refused = client.post("/age/begin", {"need": requirement.slug, "nonce": "n" * 43, "way": "face"})

    assert not offers(requirement)
    assert (refused.status_code, AgeTransaction.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    ("asked", "is_offered"),
    [
        ({}, True),
        ({"level": Level.ASSERTED}, True),
        ({"kinds": (Kind.ESTIMATION,)}, True),
        ({"level": Level.STANDARD}, False),
        ({"level": Level.ENHANCED}, False),
        ({"kinds": (Kind.VERIFICATION, Kind.INFERENCE, Kind.DECLARATION)}, False),
        ({"over": None, "under": 13, "level": Level.STANDARD}, False),
    ],
)
def test_it_is_offered_for_basic_at_most_and_where_estimates_are_taken(
    asked: dict[str, Any], is_offered: bool, area: Area, switched_on: None
) -> None:
    assert offers(area(**asked)) is is_offered


def test_it_never_lets_anybody_into_an_area_of_children_whatever_the_row_asks(area: Area, switched_on: None) -> None:
    requirement = area(None, under=13, level=Level.STANDARD)
    Requirement.objects.update(level=Level.BASIC)
    requirement.refresh_from_db()
    attempt = AgeTransaction.objects.create(requirement=requirement, method="face", browser=b"x", begun_at=AT)

    state = attempts.answer(attempt, {"said": "no", "model": MODEL}, at=AT)

    assert isinstance(FaceEstimate(), Limited)
    assert (offers(requirement), str(state)) == (False, "inconclusive")


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("yes", ("satisfied", Level.BASIC)),
        ("no", ("not_satisfied", Level.BASIC)),
        ("unsure", ("inconclusive", Level.ASSERTED)),
    ],
)
def test_each_of_the_three_words_ends_as_it_says_and_at_basic(
    said: str, ends: tuple[str, Level], area: Area, client: Client, switched_on: None
) -> None:
    attempt = answered(client, area(), said=said)

    assert (attempt.state, attempt.level) == ends


def test_whoever_is_not_sure_is_offered_another_way(area: Area, client: Client, switched_on: None) -> None:
    requirement = area(level=Level.ASSERTED)
    where = step(client, requirement)
    client.post(where, {"said": "unsure", "model": MODEL})

    page = client.get(where).content.decode()

    assert 'value="screen"' in page
    assert 'value="face"' not in page


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"said": "yes"},
        {"said": "yes", "model": "another-model"},
        {"said": "Yes", "model": MODEL},
        {"said": "41.5", "model": MODEL},
        {"said": "true", "model": MODEL},
        {"said": "yes" * 5000, "model": MODEL},
    ],
)
def test_anything_but_one_of_the_words_of_this_page_is_refused(
    form: dict[str, str], area: Area, client: Client, switched_on: None
) -> None:
    answer = client.post(step(client, area()), form)

    assert answer.status_code == 422
    assert AgeTransaction.objects.get().state == "pending"


def test_an_answer_is_given_once(area: Area, client: Client, switched_on: None) -> None:
    where = step(client, area())
    client.post(where, {"said": "unsure", "model": MODEL})

    client.post(where, {"said": "yes", "model": MODEL})

    assert AgeTransaction.objects.get().state == "inconclusive"


def test_another_browser_and_a_form_of_another_site_give_no_answer(
    area: Area, client: Client, switched_on: None
) -> None:
    where = step(client, area())
    eve = Client(headers={"host": HOST})
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    strict.cookies = client.cookies

    refused = [one.post(where, {"said": "yes", "model": MODEL}).status_code for one in (eve, strict)]

    assert refused == [404, 403]
    assert AgeTransaction.objects.get().state == "pending"


def test_after_a_clear_no_neither_the_camera_nor_a_word_is_asked_again_for_a_day(
    area: Area, client: Client, switched_on: None
) -> None:
    requirement = area(level=Level.ASSERTED)
    client.post(step(client, requirement), {"said": "no", "model": MODEL})

    for way in ("face", "screen"):
        where = step(client, requirement, way)
        client.post(where, {"said": "yes", "model": MODEL, "year": "1980", "month": "5"})
        client.get(where)

    assert set(AgeTransaction.objects.values_list("state", flat=True)) == {"not_satisfied"}


@pytest.mark.parametrize("said", ["yes", "no"])
def test_nothing_of_it_is_kept_with_an_account_so_it_shows_no_guardian_to_be_grown_up(
    said: str, area: Area, bea: User, signed_in: SignIn, switched_on: None
) -> None:
    requirement = area(18)

    attempt = answered(signed_in(bea), requirement, said=said)

    assert attempt.user == bea
    assert attempt.state in {"satisfied", "not_satisfied"}
    assert AgeFact.objects.count() == 0
    assert attempts.known(requirement, bea, at=AT) is None


def test_it_does_not_judge_another_way_and_nobody_is_drawn_for_it(
    area: Area, client: Client, switched_on: None, settings: Any
) -> None:
    settings.LEEWARD = replace(settings.LEEWARD, age=replace(settings.LEEWARD.age, step_up_share=1.0))
    requirement = area(level=Level.ASSERTED)
    where = step(client, requirement, "screen")
    client.post(where, {"year": "1980", "month": "5"})

    drawn = attempts.second_ways(AgeTransaction.objects.get(), at=AT)
    answered(client, requirement, said="no")

    assert drawn == []
    assert Evidence.objects.count() == 0
    assert set(AgeTransaction.objects.values_list("method", "state")) == {
        ("screen", "satisfied"),
        ("face", "not_satisfied"),
    }


def test_the_camera_is_for_this_page_and_the_policy_allows_no_code_that_is_made(
    area: Area, client: Client, switched_on: None
) -> None:
    requirement = area()

    page = client.get(step(client, requirement))
    other = client.get(f"/age/?need={requirement.slug}&nonce={'n' * 43}")

    assert "camera=(self)" in page["Permissions-Policy"]
    assert "Permissions-Policy" not in other
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "connect-src 'self'" in page["Content-Security-Policy"]


def test_the_page_says_how_wrong_it_is_and_not_which_age_is_asked(
    area: Area, client: Client, switched_on: None
) -> None:
    page = client.get(step(client, area(21))).content.decode()

    shown = re.sub(r"<[^>]*>", " ", page)
    assert "37 / 100" in shown
    assert "7 / 100" in shown
    assert "21" not in shown


@pytest.mark.parametrize(
    ("age", "line", "let_in"), [(16, 18, 37), (16, 25, 7), (15, 18, 31), (17, 25, 9), (25, 25, 50)]
)
def test_the_odds_follow_from_the_stated_error(age: int, line: int, let_in: int) -> None:
    assert odds.let_in_of_100(age, line=line) == let_in


def test_the_picture_shows_as_many_people_as_it_says() -> None:
    low, high = odds.crowds(16, wanted=18, buffer_years=7)

    assert [(one.line, sum(is_in for *_, is_in in one.people), len(one.people)) for one in (low, high)] == [
        (18, 37, 100),
        (25, 7, 100),
    ]


def test_the_files_of_others_are_those_that_were_noted_with_their_licences() -> None:
    noted = (VENDORED / "VENDOR.txt").read_text("utf-8")
    files = [file for file in VENDORED.iterdir() if file.suffix in {".js", ".bin", ".json"}]

    assert len(files) == 5
    assert [file.name for file in files if hashlib.sha256(file.read_bytes()).hexdigest() not in noted] == []
    assert "MIT License" in (VENDORED / "face-api.LICENSE.txt").read_text("utf-8")
    assert "Apache License" in (VENDORED / "tfjs.LICENSE.txt").read_text("utf-8")


def test_our_script_sends_nothing_but_the_form_and_keeps_nothing() -> None:
    script = (STATIC / "face.js").read_text("utf-8")

    sends = r"\bfetch\b|XMLHttpRequest|sendBeacon|WebSocket|toDataURL|toBlob|FormData|RTCPeer|MediaRecorder"
    keeps = r"\.cookie|localStorage|sessionStorage|indexedDB|\beval\b|new Function|innerHTML"
    assert re.findall(f"{sends}|{keeps}", script) == []
    assert script.count("form.submit()") == 1
