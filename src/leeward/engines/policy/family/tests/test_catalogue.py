"""What the catalogue says: one meaning for each bit, words for parents, names that may be kept away."""

import re

import pytest

from leeward.engines import policy
from leeward.engines.policy.family import (
    BYPASSES,
    CATEGORIES,
    RESET,
    SAFE_SEARCHES,
    SERVICES,
    CatalogueWrong,
    Entry,
    Kind,
    UnknownSlug,
    catalogue,
)
from leeward.engines.policy.family.catalogue import read

ENTRIES = catalogue().entries
ROW = """
[[entry]]
slug = "tea"
bit = 3
kind = "category"
title = "Tea"
example = "Sites about tea."
ut1 = ["the"]
"""
SERVICE = """
[[entry]]
slug = "kettle"
bit = 70
kind = "service"
title = "Kettle"
example = "The app Kettle."
domains = ["kettle.example", "xn--kttle-hra.example"]
written = 2026-11-22
checked = "2026-11-23"
"""


def test_bits_that_tables_and_backups_hold_keep_their_meaning() -> None:
    kept = {"adult": 0, "gambling": 4, "games": 25, "short-links": 39, "doh": 48, "vpn": 49, "proxy": 50, "tor": 51}
    kept |= {"nosafesearch": 52, "dyndns": 53, "safe-google": 56, "safe-youtube": 57, "safe-bing": 58}
    kept |= {"safe-duckduckgo": 59, "youtube": 64, "tiktok": 65, "roblox": 96, "shein": 114}

    assert {slug: catalogue().entry(slug).bit for slug in kept} == kept


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.slug for entry in ENTRIES])
def test_every_entry_has_words_and_a_bit_of_its_kind(entry: Entry) -> None:
    kinds = {Kind.CATEGORY: CATEGORIES, Kind.BYPASS: BYPASSES, Kind.SAFE_SEARCH: SAFE_SEARCHES, Kind.SERVICE: SERVICES}

    assert entry.mark & kinds[entry.kind]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.slug)
    assert entry.title[:1] == entry.title[:1].upper()
    assert not entry.title.endswith(".")
    assert entry.example.endswith(".")
    assert 3 <= len(entry.example.split()) <= 25


def test_there_is_enough_to_choose_from() -> None:
    count = {kind: len(catalogue().of_kind(kind)) for kind in Kind}

    assert count[Kind.CATEGORY] >= 30
    assert count[Kind.BYPASS] == 6
    assert count[Kind.SAFE_SEARCH] == 4
    assert count[Kind.SERVICE] >= 45


def test_no_name_of_a_service_covers_one_of_another() -> None:
    names = catalogue().service_names()
    owners = {name: [one for one in names if name == one or name.endswith(f".{one}")] for name in names}

    assert {name: found for name, found in owners.items() if found != [name]} == {}


def test_a_name_of_a_service_carries_its_mark() -> None:
    assert catalogue().service_names()["youtu.be"] == catalogue().entry("youtube").mark


def test_marks_and_entries_lead_to_each_other() -> None:
    marks = catalogue().marks(["vpn", "games", "roblox"])

    assert [entry.slug for entry in catalogue().of_marks(marks)] == ["games", "vpn", "roblox"]
    assert catalogue().marks([]) == 0


def test_an_unknown_slug_is_refused() -> None:
    with pytest.raises(UnknownSlug):
        catalogue().marks(["games", "no-such-thing"])


def test_the_folders_of_ut1_get_our_marks() -> None:
    folders = {folder: catalogue().ut1_marks(folder) for folder in ("drogue", "sexual_education", "bank", "unheard-of")}

    assert folders == {"drogue": catalogue().entry("drugs").mark, "sexual_education": RESET, "bank": 0, "unheard-of": 0}


def test_a_service_that_nobody_checked_says_so() -> None:
    assert all(entry.written for entry in catalogue().of_kind(Kind.SERVICE))
    assert catalogue().entry("youtube").checked is None


def test_a_catalogue_is_read_in_the_order_of_its_bits() -> None:
    tea, kettle = read(SERVICE + ROW).entries

    assert (tea.slug, kettle.slug) == ("tea", "kettle")
    assert kettle.checked is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[entry", "not TOML"),
        (ROW + ROW, "slug tea: it is given twice"),
        (ROW + ROW.replace('"tea"', '"coffee"').replace('"the"', '"cafe"'), "bit 3: it is given twice"),
        (ROW + ROW.replace('"tea"', '"coffee"').replace("3", "4"), "UT1 folder the: it is given twice"),
        (ROW + '[ut1]\nwhite = ["the"]\n', "UT1 folder the: it is given twice"),
        (ROW.replace("bit = 3", "bit = 48"), "entry 1, bit"),
        (ROW.replace("bit = 3", "bit = -1"), "entry 1, bit"),
        (ROW.replace("category", "hobby"), "entry 1"),
        (ROW.replace('title = "Tea"\n', ""), "entry 1: the field 'title' is missing"),
        (ROW + "colour = 3\n", "entry 1: it has a field 'colour'"),
        (ROW + 'domains = ["tea.example"]\n', "entry 1: a service"),
        (SERVICE.replace("written = 2026-11-22\n", ""), "entry 1: a service"),
        (SERVICE.replace("2026-11-23", "soon"), "entry 1"),
        (SERVICE.replace('"kettle.example"', '"com"'), "entry 1: domains, 'com'"),
        (SERVICE.replace('"kettle.example"', '"Kettle.example"'), "not normalised"),
        (SERVICE.replace('"kettle.example"', '"ket tle.example"'), "entry 1: domains"),
    ],
)
def test_a_wrong_row_is_named(text: str, message: str) -> None:
    with pytest.raises(CatalogueWrong, match=message):
        read(text)


def test_every_shipped_name_may_be_kept_away() -> None:
    for name in catalogue().service_names():
        assert policy.blockable(name, never_block=frozenset()) == name
