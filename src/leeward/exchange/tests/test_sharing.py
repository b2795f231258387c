"""Who sees what: nothing without a rule, exactly what the rules say with them, and the withdrawal of what was seen."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leeward.core import sequencer
from leeward.core.models import Organisation, User
from leeward.engines.stix import taxii
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.sharing.models import ANY, ShareRule
from leeward.exchange.sharing.services import RuleDraft
from leeward.exchange.shelf import services, shelving
from leeward.exchange.shelf.models import Version
from leeward.exchange.tests.conftest import AT, COLLECTION, REFERRED, digest, published, revoke
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind, Tlp

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
ALL = taxii.Filters(versions=(taxii.Version.ALL,), limit=2000)
SHARED = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER)
ORDER = [Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED]
WHERE: tuple[tuple[str, ...], ...] = ((), ("DE",), ("FR",), ("DE", "FR"), ("any",))


@dataclasses.dataclass(frozen=True)
class Made:
    """One sign as it was published, with its id in STIX."""

    category: Category
    tlp: Tlp
    where: tuple[str, ...]
    oid: str


def make(categories: Iterable[Category], tlps: Iterable[Tlp], where: Iterable[tuple[str, ...]]) -> list[Made]:
    """Publish one sign for each combination."""
    wanted = list(itertools.product(categories, tlps, where))
    signs = [
        indicators.Sign(
            Kind.SHA256,
            digest(number),
            category,
            tlp=tlp,
            legality=[{"jurisdiction": place, "status": "illegal", "basis": "made-up law"} for place in places],
        )
        for number, (category, tlp, places) in enumerate(wanted)
    ]
    rows = indicators.publish(signs, source="decision:grid", actor="user:1", at=AT)
    sequencer.stamp(at=AT)
    return [Made(*one, oid=f"indicator--{row.uid}") for one, row in zip(wanted, rows, strict=True)]


def make_partner(slug: str = "dan", **fields: Any) -> Partner:
    """Return an active partner."""
    organisation = Organisation.objects.create(slug=slug, name=slug, kind=Organisation.Kind.HOTLINE)
    partner = partners.take_part(organisation, at=AT)
    for name, value in fields.items():
        setattr(partner, name, value)
    partner.save()
    return partner


def seen(partner: Partner | None, filters: taxii.Filters = ALL) -> set[str]:
    """Return the ids of the signs that a partner is given."""
    return {item.object_id for item in services.page(partner, filters=filters).items[REFERRED:]}


def may_see(partner: Partner, rules: Iterable[RuleDraft], sign: Made) -> bool:
    """Say slowly and plainly what the rules mean."""
    for rule in rules:
        is_about_partner = (
            rule.group in ("*", partner.group)
            and rule.purpose in ("*", partner.purpose)
            and (rule.jurisdiction == "*" or rule.jurisdiction in partner.jurisdictions)
        )
        is_for_every_place = not sign.where or "any" in sign.where
        is_about_sign = (
            ("*" in rule.categories or sign.category in rule.categories)
            and ORDER.index(sign.tlp) <= ORDER.index(rule.most_tlp)
            and (rule.jurisdiction == "*" or is_for_every_place or rule.jurisdiction in sign.where)
        )
        if is_about_partner and is_about_sign and sign.tlp not in (Tlp.AMBER_STRICT, Tlp.RED):
            return True
    return False


@pytest.fixture
def olga(db: None) -> User:
    """The operator."""
    return User.objects.create(username="olga")


def test_without_a_rule_nobody_sees_anything(db: None) -> None:
    make(Category, Tlp, WHERE[:1])
    partner = make_partner()

    page = services.page(partner, filters=ALL)

    assert len(page.items) == REFERRED
    assert page.last_at == page.items[-1].added_at
    assert not Version.objects.filter(sharing.visible(partner)).exists()


@pytest.mark.parametrize("state", [Partner.State.INVITED, Partner.State.SUSPENDED, Partner.State.ENDED])
def test_whoever_takes_no_part_sees_nothing_whatever_the_rules_say(db: None, state: Partner.State) -> None:
    make([Category.CSAM], [Tlp.CLEAR], WHERE[:1])
    sharing.share_everything(at=AT)
    suspended_at = AT if state == Partner.State.SUSPENDED else None
    partner = make_partner(state=state, suspended_at=suspended_at)

    assert seen(partner) == set()
    assert seen(None) == set()


def test_every_cell_of_category_jurisdiction_and_group_opens_itself_and_nothing_else(db: None) -> None:
    made = make(Category, [Tlp.GREEN], [("DE",), ("FR",)])
    shelving.catch_up()
    cast = {
        (group, place): make_partner(f"{group}-{place}", group=group, jurisdictions=[place])
        for group in Partner.Group.values
        for place in ("DE", "FR")
    }
    for category, place, group in itertools.product(Category, ("DE", "FR"), Partner.Group.values):
        rule = ShareRule.objects.create(
            categories=[category], jurisdiction=place, purpose=ANY, group=group, most_tlp=Tlp.AMBER, made_at=AT
        )
        for (their_group, their_place), partner in cast.items():
            visible = Version.objects.filter(sharing.visible(partner)).values_list("object_id", flat=True)
            is_meant = (their_group, their_place) == (group, place)
            meant = [sign.oid for sign in made if (sign.category, sign.where) == (category, (place,))]
            assert list(visible) == (meant if is_meant else [])
        rule.delete()


_drafts = st.builds(
    RuleDraft,
    categories=st.one_of(
        st.just((ANY,)), st.lists(st.sampled_from(["csam", "bullying", "other"]), min_size=1, unique=True).map(tuple)
    ),
    jurisdiction=st.sampled_from([ANY, "DE", "FR"]),
    purpose=st.sampled_from([ANY, "protect", "research"]),
    group=st.sampled_from([ANY, "hotlines", "police"]),
    most_tlp=st.sampled_from(SHARED),
)


def test_any_rules_show_any_partner_what_they_say_through_every_filter(db: None) -> None:
    made = make([Category.CSAM, Category.BULLYING], Tlp, WHERE)
    shelving.catch_up()
    partner = make_partner()

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(
        drafts=st.lists(_drafts, max_size=4),
        group=st.sampled_from(["hotlines", "police", "providers"]),
        purpose=st.sampled_from(["protect", "research"]),
        places=st.lists(st.sampled_from(["DE", "FR", "AT"]), unique=True),
        version=st.sampled_from(list(taxii.Version)),
    )
    def check(drafts: list[RuleDraft], group: str, purpose: str, places: list[str], version: taxii.Version) -> None:
        with transaction.atomic():
            partner.group, partner.purpose, partner.jurisdictions = group, purpose, places
            for draft in drafts:
                ShareRule.objects.create(**dataclasses.asdict(draft), made_at=AT)
            meant = {sign.oid for sign in made if may_see(partner, drafts, sign)}

            assert seen(partner, dataclasses.replace(ALL, versions=(version,))) == meant
            assert {sign.oid for sign in made if services.exists(partner, object_id=sign.oid)} == meant
            transaction.set_rollback(True)

    check()


@pytest.mark.parametrize("version", ["last", "first", "all", "2026-11-21T10:00:00.000Z"])
def test_what_is_withheld_leaves_no_trace_at_any_door(dans_client: Client, olga: User, version: str) -> None:
    for rule in sharing.in_force():
        sharing.end_rule(rule, by=olga, at=AT - SECOND)
    sharing.add_rule(RuleDraft(("csam",)), by=olga, at=AT)
    made = make([Category.CSAM, Category.BULLYING, Category.CSAM, Category.OTHER], [Tlp.GREEN], WHERE[:1])
    hidden = [sign.oid for sign in made if sign.category != Category.CSAM]
    shown = [sign.oid for sign in made if sign.category == Category.CSAM]
    withheld = shelving.withheld.labels("rule")._value.get()
    asked = {"match[version]": version}
    times = {
        entry["date_added"] for entry in dans_client.get(f"{COLLECTION}manifest/", asked).json().get("objects", [])
    }

    for tail in ("manifest/", "objects/"):
        for more in ({}, {"limit": "1"}, {"limit": str(REFERRED + 1)}, {"match[id]": ",".join(hidden)}):
            after: dict[str, str] = {}
            for _ in range(20):
                answer = dans_client.get(COLLECTION + tail, {**asked, **more, **after})
                assert not [oid for oid in hidden if oid.encode() in answer.content]
                ends = {answer["X-TAXII-Date-Added-First"], answer["X-TAXII-Date-Added-Last"]}
                assert ends <= times or not answer.json()
                if not answer.json().get("more"):
                    break
                after = {"next": answer.json()["next"]}
            else:
                pytest.fail("paging does not end")
    for oid in hidden:
        assert dans_client.get(f"{COLLECTION}objects/{oid}/", asked).status_code == 404
        assert dans_client.get(f"{COLLECTION}objects/{oid}/versions/").status_code == 404
    assert dans_client.get(f"{COLLECTION}objects/{shown[0]}/versions/").status_code == 200
    assert shelving.withheld.labels("rule")._value.get() > withheld


def test_what_may_not_travel_is_never_written_down(db: None) -> None:
    made = make([Category.CSAM], Tlp, WHERE[:1])
    published(digest(1000), source="partner:other-hotline/1")
    revoke("decision:grid", at=AT + SECOND)

    shelving.catch_up()

    kept = set(Version.objects.values_list("object_id", flat=True))
    assert kept == {sign.oid for sign in made if sign.tlp in SHARED}


def test_whoever_could_see_a_sign_is_told_its_withdrawal_after_the_rule_has_ended(olga: User) -> None:
    rule = sharing.share_everything(at=AT - SECOND)
    partner = make_partner()
    (old,) = published(digest(1))
    before = services.page(partner, filters=ALL).items[REFERRED:]
    sharing.end_rule(rule, by=olga, at=AT + SECOND)
    (new,) = published(digest(2), source="decision:2", at=AT + 2 * SECOND)
    late_comer = make_partner("late", created_at=AT + 2 * SECOND)
    assert (seen(partner), seen(late_comer)) == (set(), set())

    revoke("decision:1", at=AT + 3 * SECOND)
    revoke("decision:2", at=AT + 3 * SECOND)

    for version in taxii.Version:
        (told,) = services.page(partner, filters=taxii.Filters(versions=(version,))).items[REFERRED:]
        assert (told.object_id, told.known["revoked"]) == (old, True)
        assert told.place > before[0].place
    assert new not in seen(partner)
    assert seen(late_comer) == set()


def test_whoever_is_moved_to_another_group_is_told_the_withdrawals_of_what_it_saw_before(olga: User) -> None:
    sharing.add_rule(RuleDraft((ANY,), group="hotlines"), by=olga, at=AT - SECOND)
    partner, late_comer = make_partner(group="hotlines"), make_partner("late", group="police")
    (old,) = published(digest(1))
    assert (seen(partner), seen(late_comer)) == ({old}, set())

    partners.change(partner, partners.PartnerDraft(Partner.Group.POLICE), by=olga, at=AT + SECOND)
    (new,) = published(digest(2), source="decision:2", at=AT + 2 * SECOND)
    assert seen(partner) == set()
    revoke("decision:1", at=AT + 3 * SECOND)
    revoke("decision:2", at=AT + 3 * SECOND)

    (told,) = services.page(partner, filters=ALL).items[REFERRED:]
    assert (told.object_id, told.known["revoked"]) == (old, True)
    assert new not in seen(partner)
    assert seen(late_comer) == set()


def test_a_rule_that_was_made_after_the_move_tells_nothing_of_the_old_group(olga: User) -> None:
    partner = make_partner(group="hotlines")
    published(digest(1))
    partners.change(partner, partners.PartnerDraft(Partner.Group.POLICE), by=olga, at=AT + SECOND)
    sharing.add_rule(RuleDraft((ANY,), group="hotlines"), by=olga, at=AT + 2 * SECOND)

    revoke("decision:1", at=AT + 3 * SECOND)

    assert seen(partner) == set()


def test_a_rule_that_is_taken_up_again_shows_everything_again(olga: User) -> None:
    rule, partner = sharing.share_everything(at=AT), make_partner()
    (oid,) = published(digest(1))
    sharing.end_rule(rule, by=olga, at=AT + SECOND)
    assert seen(partner) == set()

    sharing.reopen_rule(rule, by=olga, at=AT + 2 * SECOND)

    assert seen(partner) == {oid}


def test_the_same_rule_twice_is_one_rule(olga: User) -> None:
    draft = RuleDraft(("csam", "bullying"), group="hotlines")

    first = sharing.add_rule(draft, by=olga, at=AT)
    again = sharing.add_rule(RuleDraft(("bullying", "csam"), group="hotlines"), by=olga, at=AT)

    assert first == again
    assert sharing.in_force() == [first]


def test_a_rule_ends_once(olga: User) -> None:
    rule = sharing.share_everything(at=AT)
    sharing.end_rule(rule, by=olga, at=AT)

    with pytest.raises(sharing.NoLongerInForce):
        sharing.end_rule(rule, by=olga, at=AT)
    sharing.reopen_rule(rule, by=olga, at=AT)
    with pytest.raises(sharing.StillInForce):
        sharing.reopen_rule(rule, by=olga, at=AT)
