"""In which language somebody reads: the browser's, or the one that was chosen."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

EMERGENCY = {
    "en": "Call the emergency number of your country.",
    "mn": "Улсынхаа яаралтай тусламжийн дугаар руу залга.",
    "fr": "Appelle le numéro d’urgence de ton pays.",
    "es": "Llama al número de emergencia de tu país.",
    "ar": "اتصل برقم الطوارئ في بلدك.",
    "ru": "Позвони по номеру экстренной помощи своей страны.",
    "zh-hans": "请打你们国家的紧急电话。",
}


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "code"),
    [*((code, code) for code in EMERGENCY), ("zh-CN,zh;q=0.9", "zh-hans"), ("fr-CA", "fr"), ("tlh", "en"), ("", "en")],
)
def test_a_page_speaks_the_language_of_the_browser(client: Client, accepted: str, code: str) -> None:
    page = client.get("/h/", headers={"accept-language": accepted}).content.decode()

    assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in page
    assert EMERGENCY[code] in page


@pytest.mark.django_db
def test_a_choice_wins_over_the_browser(client: Client) -> None:
    answer = client.post("/language/", {"language": "mn", "next": "/h/"}, headers={"accept-language": "fr"})

    assert (answer.status_code, answer["Location"]) == (302, "/h/")
    assert EMERGENCY["mn"] in client.get("/h/", headers={"accept-language": "fr"}).content.decode()


@pytest.mark.django_db
def test_the_choice_is_one_cookie_that_ends_with_the_browser(client: Client) -> None:
    answer = client.post("/language/", {"language": "ar", "next": "/"})

    assert list(answer.cookies) == [settings.LANGUAGE_COOKIE_NAME]
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"], cookie["samesite"]) == ("", "", "Lax")
    assert cookie["httponly"]


@pytest.mark.django_db
@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_the_choice_leads_to_no_other_site(client: Client, next_page: str) -> None:
    answer = client.post("/language/", {"language": "mn", "next": next_page})

    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_a_language_that_we_do_not_speak_changes_nothing(client: Client) -> None:
    assert not client.post("/language/", {"language": "tlh", "next": "/h/"}).cookies


@pytest.mark.django_db
def test_a_link_cannot_change_the_language(client: Client) -> None:
    answer = client.get("/language/?language=mn")

    assert answer.status_code == 405
    assert not answer.cookies


def chooser(*, method: str = "get", path: str = "/h/?from=door", **context: str) -> str:
    request = getattr(RequestFactory(), method)(path)
    return render_to_string("core/_languages.html", {"LANGUAGES": settings.LANGUAGES, **context}, request=request)


def test_the_chooser_names_each_language_in_itself_and_comes_back_here() -> None:
    page = chooser()

    assert [page.count(f'value="{code}"') for code in EMERGENCY] == [1] * len(EMERGENCY)
    assert 'lang="ar" dir="rtl"' in page
    assert all(f">{name}<" in page for _, name in settings.LANGUAGES)
    assert 'name="next" value="/h/?from=door"' in page
    assert page.count('aria-current="true"') == 1


@pytest.mark.django_db
def test_a_page_offers_the_other_languages_and_a_press_comes_back_to_it(client: Client) -> None:
    page = client.get("/h/", headers={"accept-language": "es"}).content.decode()

    assert 'action="/language/"' in page
    assert 'name="next" value="/h/"' in page


def test_the_chooser_sets_no_cookie_and_needs_no_script() -> None:
    page = chooser()

    assert "csrfmiddlewaretoken" not in page
    assert "<script" not in page


def test_an_answer_to_a_form_offers_no_way_that_would_lose_it() -> None:
    assert not chooser(method="post").strip()


def test_a_page_under_a_blocked_name_offers_no_way_that_leads_nowhere() -> None:
    assert not chooser(site_url="https://leeward.example").strip()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Il n’y a rien ici"), ("ar", "لا يوجد شيء هنا"), ("zh-hans", "这里什么也没有")]
)
def test_a_refusal_is_a_page_in_the_language_of_the_reader(client: Client, language: str, title: str) -> None:
    answer = client.get("/nothing/", headers={"accept-language": language, "accept": "text/html"})

    assert answer.status_code == 404
    assert f"<h1>{title}</h1>" in answer.content.decode()


@pytest.mark.django_db
def test_a_machine_is_refused_in_english(client: Client) -> None:
    answer = client.get("/api/v1/nothing", headers={"accept-language": "fr", "accept": "application/json"})

    assert json.loads(answer.content)["title"] == "There is nothing here"
