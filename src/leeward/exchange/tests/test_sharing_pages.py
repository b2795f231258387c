"""The operator's page of share rules: sentences, a table, and every step can be taken back."""

from __future__ import annotations

import pytest
from django.test import Client

from leeward.core.models import Membership, Organisation, Role, User
from leeward.exchange.sharing import services as sharing
from leeward.exchange.sharing.models import ANY, ShareRule
from leeward.exchange.tests.conftest import AT
from leeward.indicators.models import Category, Tlp

pytestmark = pytest.mark.django_db
PAGE = "/exchange/sharing/"
CHOSEN = {
    "categories": ["bullying", "csam"],
    "group": "hotlines",
    "purpose": "investigate",
    "jurisdiction": "de",
    "most_tlp": "green",
}


def browser(role: Role | None) -> Client:
    """Return the browser of somebody with one role, or without any."""
    person = User.objects.create(username=f"somebody-{role}")
    home, _ = Organisation.objects.get_or_create(slug="home", name="Home", kind=Organisation.Kind.PROVIDER)
    if role is not None:
        Membership.objects.create(user=person, organisation=home, role=role)
    client = Client(headers={"Host": "localhost"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def olga(db: None) -> Client:
    """The operator's browser."""
    return browser(Role.OPERATOR)


def test_nobody_else_comes_in(db: None) -> None:
    rule = sharing.share_everything(at=AT)

    for role in (None, Role.REVIEWER, Role.SENIOR_REVIEWER, Role.PARTNER, Role.GUARDIAN):
        eve = browser(role)
        assert eve.get(PAGE).status_code == 403
        assert eve.post(PAGE, CHOSEN).status_code == 403
        assert eve.post(f"{PAGE}{rule.uid}/end").status_code == 403

    assert [known.pk for known in sharing.in_force()] == [rule.pk]


def test_without_a_rule_the_page_says_that_nothing_is_shared(olga: Client) -> None:
    page = olga.get(PAGE)

    assert "nothing is shared with anybody" in page.text
    assert page.text.count(">nothing<") == len(Category) * 5


def test_a_rule_is_added_as_a_sentence_and_in_the_table(olga: Client) -> None:
    page = olga.post(PAGE, CHOSEN, follow=True)

    (rule,) = sharing.in_force()
    assert (rule.categories, rule.group, rule.purpose, rule.jurisdiction, rule.most_tlp) == (
        ["bullying", "csam"],
        "hotlines",
        "investigate",
        "DE",
        Tlp.GREEN,
    )
    assert "Bullying, Child sexual abuse material" in page.text
    assert "in DE only" in page.text
    assert page.text.count("but not the public.") == 3  # In the sentence, beside the table and in the choice.
    assert page.text.count("for some of them") == 2
    assert page.text.count(">nothing<") == len(Category) * 5 - 2


def test_every_category_and_one_of_them_is_every_category(olga: Client) -> None:
    olga.post(PAGE, CHOSEN | {"categories": [ANY, "csam"], "jurisdiction": ""})

    (rule,) = sharing.in_force()
    assert (rule.categories, rule.jurisdiction) == ([ANY], ANY)


@pytest.mark.parametrize(
    "wrong", [{"categories": []}, {"jurisdiction": "1!"}, {"most_tlp": "red"}, {"group": "strangers"}]
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(olga: Client, wrong: dict[str, object]) -> None:
    page = olga.post(PAGE, CHOSEN | wrong)

    assert page.status_code == 422
    assert "Nothing is shared yet" in page.text
    assert not ShareRule.objects.exists()


def test_an_ended_rule_can_be_taken_up_again(olga: Client) -> None:
    rule = sharing.share_everything(at=AT)

    ended = olga.post(f"{PAGE}{rule.uid}/end", follow=True)
    in_between = sharing.in_force()
    again = olga.post(f"{PAGE}{rule.uid}/reopen", follow=True)

    assert in_between == []
    assert "Take the end back" in ended.text
    assert "in force again" in again.text
    assert [known.pk for known in sharing.in_force()] == [rule.pk]


def test_ending_twice_says_that_nothing_changed(olga: Client) -> None:
    rule = sharing.share_everything(at=AT)
    olga.post(f"{PAGE}{rule.uid}/end")

    assert "had ended already" in olga.post(f"{PAGE}{rule.uid}/end", follow=True).text
    olga.post(f"{PAGE}{rule.uid}/reopen")
    assert "in force already" in olga.post(f"{PAGE}{rule.uid}/reopen", follow=True).text
