"""Files of helplines and hotlines come in as drafts, whole or not at all, and change no row that is here."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leeward.core.models import User
from leeward.helplines.directory import files, services
from leeward.helplines.directory.models import Service
from leeward.helplines.tests.rows import AT, vouched

pytestmark = pytest.mark.django_db
HELPLINES = (
    "country,organisation,phone,short_number,free,hours,languages,web,chat,email,kind,source,confidence,note,"
    "general_knowledge_fields\r\n"
)
NAMIBIA = (
    'NA,Dune line,116,yes,yes,24/7,en;+,https://dune.example,yes,unknown,child_helpline,"one list, uncited",medium,verify,'
    "languages\r\n"
)
HOTLINES = (
    "country,body,kind,report_url,inhope_member,source,confidence,note\r\n"
    "MN,Harbour watch,regulator,https://watch.example/report,no,one list,low,\r\n"
)


def imported(*texts: str) -> services.Imported:
    drafts = [facts for text in texts for facts in files.read(text.encode())]
    return services.import_drafts(drafts, by=None, at=AT)


def test_the_code_na_is_namibia_and_a_row_keeps_its_source_and_its_doubts() -> None:
    imported(HELPLINES + NAMIBIA)

    row = Service.objects.get()
    assert (row.country, row.state, row.free, row.hours, row.languages) == ("NA", "draft", "yes", "24/7", ["en"])
    assert (row.source, row.confidence, row.note) == ("one list, uncited", "medium", "verify")
    assert [(one.kind, one.value) for one in row.contacts.all()] == [
        ("short_number", "116"),
        ("web", "https://dune.example"),
    ]
    assert row.doubts == ["The file says that there is chat, and not where.", "No source says: languages."]


def test_a_file_of_hotlines_comes_in_too() -> None:
    imported(HOTLINES)

    row = Service.objects.get()
    assert (row.kind, row.doubts) == ("hotline", ["Sources differ, or raise doubt.", "The file calls it: regulator."])


def test_an_import_twice_is_harmless() -> None:
    imported(HELPLINES + NAMIBIA)

    assert imported(HELPLINES + NAMIBIA) == services.Imported(0, 1, ())


def test_a_file_that_says_another_number_changes_nothing_and_leaves_a_doubt(nara: User) -> None:
    vouched(by=nara, country="NA", name="Dune line", contacts=(("short_number", "117"),))

    done = imported(HELPLINES + NAMIBIA)

    row = Service.objects.get()
    assert done.differing == ("NA Dune line",)
    assert (row.state, row.contacts.get().value) == (Service.State.CHECKED, "117")
    assert row.doubts == ["Another file says: 116, https://dune.example (one list, uncited)"]


def test_what_is_no_number_becomes_a_doubt_and_not_a_number() -> None:
    imported(HELPLINES + NAMIBIA.replace(",116,", ",(online),"))

    row = Service.objects.get()
    assert [one.kind for one in row.contacts.all()] == ["web"]
    assert "The file says in the place of a number: (online)." in row.doubts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ("a,b\r\n1,2\r\n", "line 1"),
        (HELPLINES + NAMIBIA + NAMIBIA.replace("child_helpline", "circus"), "line 3"),
        (HELPLINES + NAMIBIA + "MN,short\r\n", "line 3"),
        (HELPLINES + NAMIBIA + NAMIBIA.replace("NA,", "QQ,"), "line 3, country"),
        (HELPLINES + NAMIBIA.replace("https://dune.example", "javascript:alert(1)"), "line 2, contacts"),
        (HELPLINES + 'NA,"open', "CSV"),
    ],
)
def test_a_broken_file_is_refused_by_its_line(text: str, words: str) -> None:
    with pytest.raises(files.NotAList, match=words):
        imported(text)

    assert not Service.objects.exists()


def test_what_is_no_text_and_what_is_too_large_is_refused() -> None:
    with pytest.raises(files.NotAList):
        files.read(b"\xff\xfe\x00\x00")
    with pytest.raises(files.NotAList, match="larger"):
        files.read(b"x" * (files.MOST_BYTES + 1))
    with pytest.raises(files.NotAList, match="more than"):
        files.read((HELPLINES + "".join(NAMIBIA.replace("Dune", f"Dune {at}") for at in range(2100))).encode())


def test_the_command_takes_several_files_and_none_where_one_is_broken(tmp_path: Path) -> None:
    good, bad, out = tmp_path / "good.csv", tmp_path / "bad.csv", StringIO()
    good.write_text(HELPLINES + NAMIBIA)
    bad.write_text("nothing")

    with pytest.raises(CommandError, match=r"bad\.csv: line 1"):
        call_command("helpline_import", str(good), str(bad))
    assert not Service.objects.exists()
    call_command("helpline_import", str(good), stdout=out)

    assert "1 new drafts" in out.getvalue()
