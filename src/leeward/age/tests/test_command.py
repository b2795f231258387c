"""The operator sets ages up by `leeward age`, and is told in a sentence what is wrong."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leeward.age import records
from leeward.age.models import AgeRecord, Requirement, Site
from leeward.age.tests.conftest import ANAS_CODE, AT, BEAS_CODE, ORIGIN

pytestmark = pytest.mark.django_db
BACK = f"{ORIGIN}/_age/back"


def printed(*words: str) -> str:
    out = StringIO()
    call_command("age", *words, stdout=out)
    return out.getvalue()


def test_a_site_and_an_area_are_added_and_shown() -> None:
    printed("site", "forum", BACK, "--name", "Harbour Forum")
    printed("require", "forum", "forum-adults", "--area", "Pages for adults", "--over", "18")
    printed(
        "require",
        "forum",
        "forum-talk",
        "--area",
        "Talk",
        "--over",
        "13",
        "--level",
        "asserted",
        "--kind",
        "declaration",
    )

    assert printed("show").splitlines() == [
        f"forum-adults: at least 18, standard, for {ORIGIN}",
        f"forum-talk: at least 13, asserted, for {ORIGIN}",
    ]
    assert Requirement.objects.get(slug="forum-adults").kinds == ["verification"]
    assert Requirement.objects.get(slug="forum-talk").kinds == ["declaration"]


@pytest.mark.parametrize(
    ("callback", "problem"),
    [
        ("http://forum.example/_age/back", "by https only"),
        (f"{BACK}?x=1", "without a name"),
        ("forum", "without a name"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_to_do(callback: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        printed("site", "forum", callback, "--name", "Harbour Forum")

    assert not Site.objects.exists()


def test_a_name_that_is_taken_is_refused(forum: Site, adults: Requirement) -> None:
    with pytest.raises(CommandError, match="is there already"):
        printed("site", "forum", "https://other.example/_age/back", "--name", "Other")
    with pytest.raises(CommandError, match="is there already"):
        printed("require", "forum", adults.slug, "--area", "Other", "--over", "16")

    assert (Site.objects.count(), Requirement.objects.count()) == (1, 1)


def test_an_area_of_no_site_is_refused() -> None:
    with pytest.raises(CommandError, match="`leeward age site` adds one"):
        printed("require", "forum", "forum-adults", "--area", "Pages", "--over", "18")


def test_an_area_of_children_does_not_open_to_a_word(forum: Site) -> None:
    with pytest.raises(CommandError, match="standard at least"):
        printed("require", "forum", "corner", "--area", "Corner", "--under", "13", "--level", "asserted")

    assert not Requirement.objects.exists()


def test_a_list_is_taken_in_and_replaces_the_one_before(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(f"code,years\n{ANAS_CODE},12\n{BEAS_CODE},40\n")
    second.write_text(f"code,years\n{BEAS_CODE},40\n", encoding="utf-8-sig")

    assert printed("records", "school", str(first)) == "2 codes taken, 0 no longer in the list.\n"
    assert printed("records", "school", str(second)) == "1 codes taken, 1 no longer in the list.\n"
    assert records.look_up("school", BEAS_CODE, at=AT)[18]
    assert records.look_up("school", ANAS_CODE, at=AT) == {}


def test_a_list_with_a_fault_names_its_line_and_not_its_words(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.csv"
    faulty.write_text(f"code,years\n{BEAS_CODE},40\n{ANAS_CODE},2014-05-01\n")

    with pytest.raises(CommandError, match="line 3") as refused:
        printed("records", "school", str(faulty))

    assert "2014" not in str(refused.value)
    assert not AgeRecord.objects.exists()


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff")

    for name in ("picture", "not-there"):
        with pytest.raises(CommandError, match="cannot be read as text"):
            printed("records", "school", str(tmp_path / name))
