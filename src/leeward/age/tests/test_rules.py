"""From which age a child decides alone: dated rows that the operator stands for, and the stricter of two countries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from leeward.age.rules import needed, permits, services, suggestions
from leeward.age.rules.kinds import STRICTEST, Kind
from leeward.age.rules.models import AgeRule, Permit
from leeward.age.rules.needed import Dated
from leeward.core import sequencer
from leeward.core.models import Record, User

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TABLE = Path(__file__).resolve().parents[5] / "shared" / "data" / "consent_ages.csv"
HEAD = "country_code,country,digital_consent_age,law,year,valid_from,valid_to,majority_age,majority_source,source,confidence,note\n"
SMALL = HEAD + (
    "DK,Denmark,13,Old act,2018,2018-05-25,2023-12-31,18,said,https://law.example/old,high,\n"
    "DK,Denmark,15,New act,2024,2024-01-01,,18,said,https://law.example/new,high,\n"
    "DE,Germany,16,An act,2018,,,18,said,https://law.example/de,high,\n"
    "GB,United Kingdom,13,An act,2018,,,18,said,https://law.example/gb,high,\n"
    "AU,Australia,16,Minimum age act,2025,2025-12-10,,18,said,https://law.example/au,high,rule_kind=minimum_age\n"
    'BR,Brazil,16,Link act,2026,2026-03-01,,18,said,https://law.example/br,high,"rule_kind=account_link, not consent"\n'
    "CH,Switzerland,,no fixed age,,,,18,said,https://law.example/ch,low,\n"
)


def browser_of(person: User) -> Client:
    browser = Client(headers={"host": "localhost"})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def age(service: str, child: str, day: date, kind: Kind = Kind.CONSENT) -> int:
    return needed.needed(service_country=service, child_country=child, kind=kind, date=day).age


@pytest.fixture
def table(olga: User) -> None:
    """The small table, of which the operator stands for every row."""
    services.suggest(SMALL, actor="system", at=AT)
    for rule in AgeRule.objects.all():
        services.confirm(rule, by=olga, at=AT)


@pytest.mark.usefixtures("table")
def test_a_child_of_14_in_denmark_needs_nobody_until_the_last_day_of_2023_and_a_parent_from_the_first_of_2024() -> None:
    before, after = (
        needed.needed(service_country="DK", child_country="DK", kind=Kind.CONSENT, date=day)
        for day in (date(2023, 12, 31), date(2024, 1, 1))
    )

    assert not needed.needs_parent(before, age_years=14)
    assert needed.needs_parent(after, age_years=14)


@pytest.mark.usefixtures("table")
def test_a_child_of_14_who_moves_from_germany_to_britain_decides_alone_only_at_a_british_service() -> None:
    day = AT.date()

    assert age("GB", "DE", day) == 16
    assert age("GB", "GB", day) == 13
    assert age("DE", "GB", day) == 16


@pytest.mark.django_db
def test_a_row_that_nobody_confirmed_does_not_apply_and_a_withdrawn_one_applies_no_longer(olga: User) -> None:
    services.suggest(SMALL, actor="system", at=AT)
    rule = AgeRule.objects.get(country="GB", kind=Kind.CONSENT)

    assert age("GB", "GB", AT.date()) == 16
    services.confirm(rule, by=olga, at=AT)
    assert age("GB", "GB", AT.date()) == 13
    services.withdraw(rule, by=olga, at=AT)
    assert age("GB", "GB", AT.date()) == 16


@pytest.mark.usefixtures("table")
def test_a_country_that_nobody_named_or_knows_asks_for_the_strictest() -> None:
    assert age("GB", "", AT.date()) == 16
    assert age("", "GB", AT.date()) == 16
    assert age("GB", "XX", AT.date()) == 16


@pytest.mark.usefixtures("table")
def test_a_minimum_age_and_a_link_stand_apart_from_consent_and_hold_from_their_day() -> None:
    assert age("AU", "AU", date(2025, 12, 9), Kind.ACCOUNT) == 0
    assert age("AU", "AU", date(2025, 12, 10), Kind.ACCOUNT) == 16
    assert age("BR", "BR", date(2026, 3, 1), Kind.LINK) == 16
    assert age("DK", "DK", AT.date(), Kind.LINK) == 0


DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 12, 31))


@st.composite
def rows(draw: st.DrawFn) -> Dated:
    ends = sorted(draw(st.tuples(DAYS, DAYS)))
    return Dated(
        uid=str(draw(st.integers(0, 9))),
        country=draw(st.sampled_from(["DK", "DE"])),
        age=draw(st.integers(1, 20)),
        valid_from=draw(st.sampled_from([None, ends[0]])),
        valid_to=draw(st.sampled_from([None, ends[1]])),
    )


@given(found=st.lists(rows(), max_size=6), day=DAYS)
def test_two_countries_never_ask_for_less_than_one_of_them(found: list[Dated], day: date) -> None:
    one, other, both = (
        needed.stricter(found, countries=countries, kind=Kind.CONSENT, date=day).age
        for countries in (["DK"], ["DE"], ["DE", "DK"])
    )

    assert both == max(one, other)


@given(found=st.lists(rows(), max_size=6), day=DAYS)
def test_the_age_is_one_of_a_row_in_force_on_that_very_day_or_the_strictest(found: list[Dated], day: date) -> None:
    rule = needed.stricter(found, countries=["DK"], kind=Kind.CONSENT, date=day)

    slow = [
        row.age
        for row in found
        if row.country == "DK" and (row.valid_from or date.min) <= day <= (row.valid_to or date.max)
    ]
    assert rule.age == (max(slow) if slow else STRICTEST[Kind.CONSENT])


@pytest.mark.django_db
def test_the_same_table_comes_in_once() -> None:
    first = services.suggest(SMALL, actor="system", at=AT)

    assert first == AgeRule.objects.count()
    assert services.suggest(SMALL, actor="system", at=AT) == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("DKK,Denmark,13,act,2018,,,18,s,x,high,\n", "line 2: 'DKK' is no country"),
        ("DK,Denmark,old,act,2018,,,18,s,x,high,\n", "line 2: 'old' is no age"),
        ("DK,Denmark,130,act,2018,,,18,s,x,high,\n", "line 2: '130' is no age"),
        ("DK,Denmark,13,act,2018,1.1.2018,,18,s,x,high,\n", "line 2: valid_from is no day"),
        ("DK,Denmark,13,act,2018,2020-01-01,2019-01-01,18,s,x,high,\n", "line 2: valid_to comes before"),
        ('DK,"Denmark,13\n', "this is no CSV"),
    ],
)
@pytest.mark.django_db
def test_a_broken_line_is_named_and_nothing_of_the_file_is_taken(line: str, said: str) -> None:
    with pytest.raises(suggestions.BrokenTable, match=said.replace("'", ".")):
        services.suggest(HEAD + line, actor="system", at=AT)

    assert not AgeRule.objects.exists()


def test_a_table_without_a_column_says_which() -> None:
    with pytest.raises(suggestions.BrokenTable, match="digital_consent_age"):
        suggestions.read("country_code,country\nDK,Denmark\n")


@pytest.mark.skipif(not TABLE.exists(), reason="the table of laws is not on this machine")
def test_the_table_of_laws_is_read_whole() -> None:
    found = suggestions.read(TABLE.read_text(encoding="utf-8"))

    kinds = {(one.country, one.kind): one.age for one in found if one.valid_to is None}
    assert kinds["DK", Kind.CONSENT] == 15
    assert kinds["AU", Kind.ACCOUNT] == 16
    assert kinds["BR", Kind.LINK] == 16
    assert kinds["BR", Kind.CONSENT] == 12
    assert kinds["CA", Kind.CIVIL] == 19
    assert kinds["*", Kind.CONSENT] == 16


@pytest.mark.django_db
def test_only_an_operator_stands_for_a_rule(cem: User, eve: User) -> None:
    services.suggest(SMALL, actor="system", at=AT)
    rule = AgeRule.objects.all()[0]

    for person in (cem, eve):
        with pytest.raises(services.NotOperator):
            services.confirm(rule, by=person, at=AT)
        with pytest.raises(services.NotOperator):
            services.withdraw(rule, by=person, at=AT)
    assert not AgeRule.objects.filter(confirmed_at__isnull=False).exists()


@pytest.mark.django_db
def test_a_rule_is_confirmed_once(olga: User) -> None:
    services.suggest(SMALL, actor="system", at=AT)
    rule = AgeRule.objects.all()[0]
    services.confirm(rule, by=olga, at=AT)

    with pytest.raises(services.RuleMoved):
        services.confirm(rule, by=olga, at=AT)


@pytest.mark.django_db
def test_the_operator_brings_a_table_in_and_confirms_a_row_on_the_page(olga: User) -> None:
    browser = browser_of(olga)
    assert "There is no rule yet." in browser.get("/age/rules/").content.decode()

    browser.post("/age/rules/suggest", {"file": SimpleUploadedFile("ages.csv", SMALL.encode())})
    rule = AgeRule.objects.get(country="GB", kind=Kind.CONSENT)
    page = browser.get("/age/rules/").content.decode()
    assert 'href="https://law.example/gb"' in page
    browser.post(f"/age/rules/{rule.uid}/confirm")

    rule.refresh_from_db()
    assert rule.confirmed_by == olga
    assert "olga" in browser.get("/age/rules/").content.decode()
    browser.post(f"/age/rules/{rule.uid}/withdraw")
    rule.refresh_from_db()
    assert rule.confirmed_at is None


@pytest.mark.django_db
def test_a_broken_file_is_refused_on_the_page(olga: User) -> None:
    browser = browser_of(olga)

    for content in (b"nothing\n", b"\xff\xfe\x00", (HEAD + "DK,Denmark,x,a,,,,18,s,x,h,\n").encode()):
        answer = browser.post("/age/rules/suggest", {"file": SimpleUploadedFile("ages.csv", content)})
        assert answer.status_code == 422
    assert browser.post("/age/rules/suggest").status_code == 422
    assert not AgeRule.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["eve", "bea", "cem"])
def test_the_page_opens_for_operators_only(name: str, request: pytest.FixtureRequest) -> None:
    services.suggest(SMALL, actor="system", at=AT)
    rule, browser = AgeRule.objects.all()[0], browser_of(request.getfixturevalue(name))

    places = ["/age/rules/", "/age/rules/suggest", f"/age/rules/{rule.uid}/confirm", f"/age/rules/{rule.uid}/withdraw"]
    for place in places:
        assert {browser.get(place).status_code, browser.post(place).status_code} == {403}


@pytest.mark.django_db
def test_the_command_takes_a_table_and_names_a_broken_line(tmp_path: Path) -> None:
    said, file = StringIO(), tmp_path / "ages.csv"
    file.write_text(SMALL)

    call_command("age_rules", file, stdout=said)

    assert f"new suggestions: {AgeRule.objects.count()}" in said.getvalue()
    file.write_text(HEAD + "DK,Denmark,x,a,,,,18,s,x,h,\n")
    with pytest.raises(CommandError, match="line 2"):
        call_command("age_rules", file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("age_rules", tmp_path / "nowhere.csv")


@pytest.mark.django_db
def test_a_permit_holds_until_it_is_over_or_taken() -> None:
    subject = uuid4()
    permits.put(subject, ["account", "post"], until=AT + timedelta(days=1), actor="system", at=AT)

    assert permits.scopes(subject, at=AT) == {"account", "post"}
    assert permits.stands(subject, "post", at=AT)
    assert not permits.stands(subject, "dm", at=AT)
    assert not permits.stands(uuid4(), "post", at=AT)
    assert not permits.stands(subject, "post", at=AT + timedelta(days=1))
    permits.put(subject, [], until=AT, actor="system", at=AT)
    assert not permits.stands(subject, "post", at=AT)


@pytest.mark.django_db
def test_who_keeps_answers_learns_by_position_whose_permits_changed() -> None:
    subject = uuid4()
    permits.put(subject, ["post"], until=AT + timedelta(days=1), actor="system", at=AT)
    sequencer.stamp(at=AT)

    first = permits.changed_since(0)
    assert first.subjects == {subject}
    assert permits.changed_since(first.position).subjects == frozenset()
    permits.put(subject, [], until=AT, actor="system", at=AT)
    sequencer.stamp(at=AT)
    assert permits.changed_since(first.position).subjects == {subject}
    assert Record.objects.filter(kind="rules.PermitsChanged").count() == 2


@pytest.mark.django_db
def test_permits_that_are_over_are_forgotten() -> None:
    permits.put(uuid4(), ["post"], until=AT, actor="system", at=AT)
    permits.forget(AT)

    assert not Permit.objects.exists()
