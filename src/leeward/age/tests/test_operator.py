"""The operator says what areas ask for and takes lists in. Nobody else does, and a wrong list changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leeward.age import configurations, records
from leeward.age.models import AgeRecord, Requirement, Site
from leeward.age.tests.conftest import ANAS_CODE, AT, SignIn
from leeward.core.models import User

EXAMPLES = Path(__file__).parents[4] / "examples" / "age"
SITE = {"name": "Harbour Forum", "slug": "forum", "callback": "https://forum.example/_age/back"}
AREA = {
    "area": "Pages for adults",
    "slug": "forum-adults",
    "side": "over",
    "age": "18",
    "level": "3",
    "kinds": ["verification"],
    "result_days": "0",
}


def test_olga_adds_a_site_and_an_area(signed_in: SignIn, olga: User) -> None:
    browser = signed_in(olga)
    browser.post("/age/operator/sites/add", SITE)

    made = browser.post(f"/age/operator/sites/{Site.objects.get().uid}/require", AREA)

    assert (Requirement.objects.get().age_over, Site.objects.get().origin) == (18, "https://forum.example")
    page = browser.get(made["Location"]).content.decode()
    assert "X-Age-Required forum-adults" in page
    assert "Nobody can come in." in page


@pytest.mark.parametrize("path", ["", "sites/add", "records/"])
def test_eve_and_bea_get_nothing(signed_in: SignIn, eve: User, bea: User, path: str) -> None:
    assert [signed_in(person).get(f"/age/operator/{path}").status_code for person in (eve, bea)] == [403, 403]


@pytest.mark.parametrize(
    "callback",
    [
        "http://forum.example/back",
        "https://user@forum.example/back",
        "https://forum.example/back?x=1",
        "javascript:alert(1)",
        "https://[/",
        "//forum.example",
    ],
)
def test_a_token_is_not_sent_to_such_an_address(signed_in: SignIn, olga: User, callback: str) -> None:
    answer = signed_in(olga).post("/age/operator/sites/add", SITE | {"callback": callback})

    assert (answer.status_code, Site.objects.count()) == (422, 0)


def test_among_children_comes_nobody_by_word_alone(signed_in: SignIn, olga: User, forum: Site) -> None:
    wrong = AREA | {"side": "under", "age": "13", "level": "1"}

    answer = signed_in(olga).post(f"/age/operator/sites/{forum.uid}/require", wrong)

    assert (answer.status_code, Requirement.objects.count()) == (422, 0)


def test_a_name_is_given_once(signed_in: SignIn, olga: User, adults: Requirement) -> None:
    browser = signed_in(olga)

    answers = [
        browser.post(f"/age/operator/sites/{adults.site.uid}/require", AREA),
        browser.post("/age/operator/sites/add", SITE | {"slug": "another"}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]


def sent(browser: Client, content: bytes) -> int:
    file = SimpleUploadedFile("list.csv", content)
    return browser.post("/age/operator/records/", {"source": "school", "file": file}).status_code


def test_a_list_replaces_the_one_before_and_keeps_no_code(signed_in: SignIn, olga: User, roster: None) -> None:
    browser = signed_in(olga)

    status = sent(browser, f"code,years\r\n{ANAS_CODE},13\r\n".encode())

    assert (status, AgeRecord.objects.count()) == (302, 1)
    assert records.look_up("school", f" {ANAS_CODE.lower()} ", at=AT) == {13: True, 15: False, 16: False, 18: False}
    assert ANAS_CODE.encode() not in bytes(AgeRecord.objects.get().digest)


@pytest.mark.parametrize(
    "content",
    [
        b"code,years\nANA7-M2QX-41,2012-05-17\n",
        b"code,birthday\nANA7-M2QX-41,14\n",
        b"code,years\nANA7-M2QX-41,14\nANA7-M2QX-41,15\n",
        b"code,years\nshort,14\n",
        b"code,years\nANA7-M2QX-41,14,extra\n",
        b"code,years\nANA7-M2QX-41,\xd9\xa1\n",
        b"code,years\n",
        b"",
        b"\xff\xfe\x00",
        b'code,years\n"ANA7-M2QX-41,14\n' + b"x" * 200_000,
    ],
)
def test_a_wrong_list_changes_nothing(signed_in: SignIn, olga: User, roster: None, content: bytes) -> None:
    assert (sent(signed_in(olga), content), AgeRecord.objects.count()) == (422, 2)


def test_a_fault_names_its_line_and_repeats_nothing_of_it(signed_in: SignIn, olga: User) -> None:
    file = SimpleUploadedFile("list.csv", b"code,years\nANA7-M2QX-41,2012-05-17\n")

    page = signed_in(olga).post("/age/operator/records/", {"source": "school", "file": file}).content.decode()

    assert "Line 2" in page
    assert "2012-05-17" not in page


def test_what_a_record_says_of_the_young_is_not_believed_after_a_month(roster: None) -> None:
    now = datetime.now(UTC)  # The list of the fixture came in just before.

    assert records.look_up("school", ANAS_CODE, at=now)[13] is False
    assert records.look_up("school", ANAS_CODE, at=now + records.UNDER_HOLDS_FOR) == {}


@pytest.mark.parametrize("file", ["nginx.conf", "Caddyfile", "traefik.yml"])
def test_the_page_shows_the_lines_of_the_examples(adults: Requirement, file: str) -> None:
    shown = {
        one.lines.replace("http://localhost:8000", "https://leeward.example").replace(
            "localhost:8000", "leeward.example"
        )
        for one in configurations.of(adults)
    }

    assert (EXAMPLES / file).read_text(encoding="utf-8") in shown
