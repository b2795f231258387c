"""What holds for everybody, in the forms of other products."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leeward.core.models import User
from leeward.engines.policy import family
from leeward.engines.policy.lists import Format, Row
from leeward.filtering import policy_export
from leeward.filtering.legal import services as legal
from leeward.filtering.legal.models import LegalOrder
from leeward.filtering.lists import store as list_store
from leeward.filtering.lists.models import ListSource
from leeward.filtering.tests.signs import AT, SCHOOL, published
from tests.stage import machine

pytestmark = pytest.mark.django_db


def listed(slug: str, *rows: Row, marks: str = "gambling") -> None:
    """Put a list in force."""
    list_store.write(rows, list_store.folder() / slug)
    ListSource.objects.create(
        slug=slug,
        name=slug,
        address="https://list.example/",
        format=Format.DOMAINS.value,
        marks=marks,
        licence="CC0",
        next_at=AT,
        last_good=slug,
        count=len(rows),
    )


def ordered(*names: str, by: User) -> None:
    """Enter a legal order."""
    draft = legal.Draft(LegalOrder.Kind.COURT, "Court", "1/2026", date(2026, 11, 1), date(2027, 5, 1), "Why.", True)
    legal.enter(draft, names, by=by, at=AT)


def names(*slugs: str) -> tuple[set[str], set[str]]:
    found = policy_export.names(policy_export.marks_of(slugs))
    shipped = policy_export.names(0).opened
    return set(found.closed), set(found.opened - shipped)


def test_what_the_operator_and_the_law_close_is_exported_and_no_list(olga: User) -> None:
    published("bad.example")
    ordered("shop.example", by=olga)
    listed("dice", Row("dice.example"))

    assert names() == ({"bad.example", "shop.example"}, set())
    assert SCHOOL in policy_export.names(0).opened


def test_a_subject_brings_the_names_of_its_lists_and_of_no_other() -> None:
    listed("dice", Row("dice.example"), Row(SCHOOL))
    listed("grown-ups", Row("adult.example"), marks="adult")

    closed, _ = names("gambling")

    assert "dice.example" in closed
    assert "adult.example" not in closed


def test_an_exception_of_a_list_opens_what_a_list_closes_and_never_what_the_law_closes(olga: User) -> None:
    ordered("law.example", by=olga)
    listed("dice", Row("dice.example"), Row("inner.deep.example"))
    exceptions = [Row(name, resets=True) for name in ("good.dice.example", "deep.example", "x.law.example")]
    listed("fine", *exceptions, marks="reset")

    _, opened = names("gambling")

    assert opened == {"good.dice.example"}


def test_a_subject_that_nobody_knows_is_named() -> None:
    with pytest.raises(family.UnknownSlug):
        policy_export.marks_of(["dise"])
    with pytest.raises(CommandError, match=r"--marks: .*choose of .*gambling"):
        call_command("policy_export", "rpz", "--out", "/tmp/never", "--marks", "dise")


def checked(path: Path, target: str) -> str:
    """Let the product itself read the file."""
    command = {
        "rpz": ("named-checkzone", ["-i", "none", "rpz.leeward.internal", str(path)]),
        "dnsmasq": ("dnsmasq", ["--test", f"--conf-file={path}"]),
    }[target]
    found = machine.program(command[0], beside=[Path("/usr/sbin"), Path("/sbin")])
    if found is None:
        machine.missing(command[0], install="sudo apt-get install bind9-utils dnsmasq-base (Debian, Ubuntu)")
    done = subprocess.run([str(found), *command[1]], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("target", ["rpz", "dnsmasq"])
def test_the_product_takes_the_file(target: str, tmp_path: Path) -> None:
    published("bad.example", "worse.example")
    out = tmp_path / "out"

    call_command("policy_export", target, "--out", str(out))

    assert "bad.example" in out.read_text()
    assert any(words in checked(out, target) for words in ("loaded serial", "syntax check OK"))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(("target", "row"), [("hosts", "0.0.0.0 bad.example"), ("adguard", "||bad.example^")])
def test_the_other_forms_have_their_rows(target: str, row: str, tmp_path: Path) -> None:
    published("bad.example")

    call_command("policy_export", target, "--out", str(tmp_path / "out"))

    assert row in (tmp_path / "out").read_text().splitlines()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--out: the file cannot be written"):
        call_command("policy_export", "rpz", "--out", str(tmp_path / "nowhere" / "out"))
