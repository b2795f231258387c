"""How to make a good report: each reader in words of its own, the own device first, and never a word to copy the worst."""

from __future__ import annotations

import itertools

import pytest
from django.test import Client

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.reports import guidance
from leeward.reports.guidance import Device, Reader

ADDRESSES = {
    Reader.CHILD: "/report/how/",
    Reader.PARENT: "/report/how/parent/",
    Reader.TEACHER: "/report/how/teacher/",
}
CHILD, ADULT = (texts.read("reports", language="en", band=band) for band in (Band.MIDDLE, Band.ADULT))
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)
CHROMEBOOK = (
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def page(client: Client, reader: Reader, **headers: str) -> str:
    answer = client.get(ADDRESSES[reader], headers=headers)
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def said(reader: Reader) -> set[str]:
    """Return every line that a reader gets in English."""
    return set(itertools.chain.from_iterable(part.lines for part in guidance.parts(reader, ADULT)))


@pytest.mark.parametrize("reader", Reader)
def test_everybody_reads_without_an_account_and_nothing_is_kept(reader: Reader, client: Client) -> None:
    answer = client.get(ADDRESSES[reader])

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_a_child_reads_a_childs_words_and_a_parent_a_grown_ups(client: Client) -> None:
    assert CHILD["guide.how.lead"] in page(client, Reader.CHILD)
    assert ADULT["guide.how.lead"] in page(client, Reader.PARENT)
    assert ADULT["guide.parent.blame"] in page(client, Reader.PARENT)
    assert ADULT["guide.teacher.phone"] in page(client, Reader.TEACHER)


@pytest.mark.parametrize("reader", Reader)
def test_each_page_leads_to_the_two_others_and_says_which_it_is(reader: Reader, client: Client) -> None:
    shown = page(client, reader)

    assert all(f'href="{address}"' in shown for address in ADDRESSES.values())
    assert f'href="{ADDRESSES[reader]}" aria-current="page"' in shown
    assert shown.count('aria-current="page"') == 1


@pytest.mark.parametrize("reader", Reader)
def test_danger_comes_before_everything_else(reader: Reader) -> None:
    first = guidance.parts(reader, ADULT)[0]

    assert ADULT["guide.first.call"] in first.lines


@pytest.mark.parametrize("reader", Reader)
@pytest.mark.parametrize("language", texts.languages())
def test_whoever_reads_in_whatever_language_is_told_what_never_to_copy(reader: Reader, language: str) -> None:
    words = texts.read("reports", language=language, band=reader.band)

    lines = [line for part in guidance.parts(reader, words) for line in part.lines]

    assert words["guide.never"] in lines
    assert words["guide.not.why"] in lines


@pytest.mark.parametrize("reader", [Reader.PARENT, Reader.TEACHER])
def test_grown_ups_are_told_not_to_blame(reader: Reader) -> None:
    assert {ADULT[f"guide.{reader}.blame"], ADULT["guide.not_your_fault"]} <= said(reader)


def test_every_text_of_the_guidance_is_shown_to_somebody() -> None:
    shown = {reader: said(reader) | {part.title for part in guidance.parts(reader, ADULT)} for reader in Reader}
    ways = {line for way in guidance.ways(ADULT, first=None) for line in way.lines}
    elsewhere = {"guide.title", "guide.copy", "guide.screenshot", "guide.screen.yours", "guide.screen.others"}
    elsewhere |= {key for key in ADULT if key.startswith("guide.how.")}

    unused = {
        key for key, text in ADULT.items() if key.startswith("guide.") and text not in ways.union(*shown.values())
    }

    assert unused <= elsewhere


@pytest.mark.parametrize(
    ("browser", "device"),
    [
        (WINDOWS, Device.WINDOWS),
        (MAC, Device.MAC),
        (IPHONE, Device.IOS),
        (IPAD, Device.IOS),
        (ANDROID, Device.ANDROID),
        (CHROMEBOOK, Device.CHROMEOS),
        (LINUX, Device.LINUX),
        ("curl/8.0", None),
        ("", None),
    ],
)
def test_the_device_is_read_from_what_the_browser_says(browser: str, device: Device | None) -> None:
    assert guidance.device_of(browser) is device


def test_the_own_device_stands_first_and_none_is_left_out(client: Client) -> None:
    shown = page(client, Reader.CHILD, user_agent=ANDROID)

    own, others = shown.index(CHILD["guide.screen.yours"]), shown.index(CHILD["guide.screen.others"])
    assert own < shown.index(CHILD["guide.screen.android"]) < others
    assert all(shown.index(CHILD[f"guide.screen.{name}"]) > others for name in ("windows", "mac", "ios", "linux"))


def test_an_unknown_device_finds_every_way(client: Client) -> None:
    shown = page(client, Reader.CHILD, user_agent="")

    assert CHILD["guide.screen.yours"] not in shown
    assert all(CHILD[f"guide.screen.{name}"] in shown for name in ("windows", "mac", "ios", "android", "linux"))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_sent_to_the_guidance(method: str, client: Client) -> None:
    assert getattr(client, method)(ADDRESSES[Reader.CHILD]).status_code == 405
