"""A child asks on its own device, its guardian says how old it is, and the child goes on; nobody else's word counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.age import attempts
from leeward.age import services as age
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeTransaction, LiveToken, Requirement
from leeward.core.models import Record, User
from leeward.families import codes, guardians
from leeward.families import services as families
from leeward.families.choices import AgeBand, Picture
from leeward.families.models import Child, Device, Household
from leeward.families.permission import links
from leeward.families.permission.choices import Sign
from leeward.families.permission.models import GuardianLink
from leeward.families.tests.conftest import HOST, NICKNAME, SignIn
from leeward.families.tests.family import joined, show_adult
from leeward.families.vouching import services, standing
from leeward.families.vouching.models import Question, Vouch, Years
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
NONCE = "n" * 43


@pytest.fixture
def mine(phone: Device) -> Client:
    """The browser of Ana's phone."""
    return joined(phone)


@pytest.fixture
def guardian(ana: Child, bea: User) -> User:
    """Bea, who said that Ana is her child, and has shown to be a grown-up by a document."""
    links.state(ana, by=bea, at=timezone.now())
    show_adult(bea)
    return bea


@pytest.fixture
def corner(db: None) -> Requirement:
    """A corner for those who are younger than 13."""
    return required("forum-children", None, 13)


def required(slug: str, over: int | None, under: int | None) -> Requirement:
    at = timezone.now()
    site = age.add_site(slug=slug, name="Harbour Forum", callback=f"https://{slug}.example/_age/back", at=at)
    draft = age.RequirementDraft(slug, "The corner", over, under, Level.STANDARD, tuple(Kind))
    return age.require(site, draft, actor="system", at=at)


def begun(client: Client, need: Requirement) -> str:
    """Take the way, and return the number of the attempt."""
    step = client.post("/age/begin", {"need": need.slug, "nonce": NONCE, "way": "guardian"})["Location"]
    return str(step).split("/")[3]


def asked(client: Client, need: Requirement) -> str:
    """Take the way and ask, and return the number of the attempt."""
    uid = begun(client, need)
    client.post(f"/age/guardian/{uid}/ask")
    return uid


def state_of(uid: str) -> tuple[str, str]:
    row = AgeTransaction.objects.get(uid=uid)
    return row.state, row.reason


def test_ana_asks_bea_answers_and_ana_goes_on(
    mine: Client, guardian: User, ana: Child, corner: Requirement, signed_in: SignIn
) -> None:
    uid = asked(mine, corner)
    waiting = mine.get(f"/age/guardian/{uid}/").content.decode()
    before = mine.get(f"/age/guardian/{uid}/state").json()
    family = signed_in(guardian).get("/family/").content.decode()

    said = signed_in(guardian).post(f"/family/age/{ana.uid}/", {"years": "under_13"}, follow=True).content.decode()

    assert ("Now your parent must answer." in waiting, before) == (True, {"is_answered": False})
    assert f"/family/age/{ana.uid}/" in family
    assert "What you said" in said
    assert mine.get(f"/age/guardian/{uid}/state").json() == {"is_answered": True}
    assert "/go" in mine.get(f"/age/attempt/{uid}/").content.decode()
    assert AgeTransaction.objects.get().level == Level.STANDARD


def test_bea_does_not_read_which_page_asks(
    mine: Client, guardian: User, ana: Child, corner: Requirement, signed_in: SignIn
) -> None:
    asked(mine, corner)

    pages = [signed_in(guardian).get(path).content.decode() for path in ("/family/", f"/family/age/{ana.uid}/")]

    assert all("Harbour Forum" not in page and "The corner" not in page for page in pages)


def test_the_guardian_s_age_and_the_link_are_kept_apart_and_no_age_stands_in_the_chain(
    mine: Client, guardian: User, ana: Child
) -> None:
    services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())

    facts = Record.objects.get(kind__endswith="AgeVouched").facts
    assert (facts["adult_level"], facts["relation"]) == (Level.ENHANCED, "stated")
    assert "under_13" not in str(list(Record.objects.values_list("facts", flat=True)))


def test_what_was_said_answers_the_next_page_at_once_until_it_is_taken_back(
    mine: Client, guardian: User, ana: Child, corner: Requirement, signed_in: SignIn
) -> None:
    services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())
    first = asked(mine, corner)
    mine.get(f"/age/attempt/{first}/go")

    signed_in(guardian).post(f"/family/age/{ana.uid}/take-back")
    second = asked(mine, corner)

    assert (state_of(first)[0], state_of(second)[0]) == ("satisfied", "pending")
    assert LiveToken.objects.get().revoked_at is not None
    with pytest.raises(attempts.AttemptOver):
        attempts.go(AgeTransaction.objects.get(uid=first), at=timezone.now())


def test_after_five_weeks_it_is_asked_again(guardian: User, ana: Child) -> None:
    at = timezone.now()
    services.say(ana, Years.UNDER_13, by=guardian, at=at)

    assert standing.of(ana, at=at + standing.STANDS_FOR - timedelta(hours=1)) is not None
    assert standing.of(ana, at=at + standing.STANDS_FOR) is None


def test_an_age_that_is_not_the_child_s_opens_nothing(
    mine: Client, guardian: User, home: Household, ana: Child, corner: Requirement
) -> None:
    families.change_child(ana, families.ChildDraft(NICKNAME, Picture.FOX, AgeBand.TEEN), by=guardian, at=timezone.now())
    uid = asked(mine, corner)

    services.say(Child.objects.get(), Years.FROM_15, by=guardian, at=timezone.now())

    assert state_of(uid)[0] == "not_satisfied"


@pytest.mark.parametrize(
    ("over", "under", "is_offered"),
    [(16, None, True), (18, None, False), (None, 13, True), (None, 18, True), (None, 12, False)],
)
def test_it_is_offered_where_some_answer_opens_the_area_and_a_child_has_a_device(
    client: Client, phone: Device, over: int | None, under: int | None, is_offered: bool
) -> None:
    offers = f"/age/?need={required('area', over, under).slug}&nonce={NONCE}"
    before = client.get(offers).content.decode()
    joined(phone)

    assert 'value="guardian"' not in before
    assert ('value="guardian"' in client.get(offers).content.decode()) is is_offered


@pytest.mark.parametrize(("years", "band"), [(Years.FROM_13, AgeBand.MIDDLE), (Years.UNDER_13, AgeBand.TEEN)])
def test_what_the_family_page_says_otherwise_is_not_said(
    guardian: User, ana: Child, years: Years, band: AgeBand
) -> None:
    Child.objects.update(band=band)

    with pytest.raises(services.OtherAge):
        services.say(ana, years, by=guardian, at=timezone.now())

    assert not Vouch.objects.exists()


@pytest.mark.parametrize(("over", "state"), [(13, "satisfied"), (None, "inconclusive")])
def test_among_children_only_a_grown_up_who_showed_a_document_lets_somebody(
    mine: Client, guardian: User, ana: Child, over: int | None, state: str
) -> None:
    show_adult(guardian, level=Level.STANDARD)
    Child.objects.update(band=AgeBand.TEEN)
    uid = asked(mine, required("forum-teens", over, None if over else 18))

    services.say(ana, Years.FROM_13, by=guardian, at=timezone.now())

    assert state_of(uid)[0] == state


def test_whoever_has_not_shown_to_be_a_grown_up_says_nothing(ana: Child, bea: User, signed_in: SignIn) -> None:
    links.state(ana, by=bea, at=timezone.now())
    show_adult(bea, level=Level.BASIC)

    page = signed_in(bea).post(f"/family/age/{ana.uid}/", {"years": "under_13"})

    assert (page.status_code, Vouch.objects.count()) == (422, 0)
    assert "Show first that you are a grown-up" in page.content.decode()


def test_without_a_link_that_holds_nothing_is_said_and_nothing_stands(
    mine: Client, guardian: User, ana: Child, corner: Requirement, settle: Settle
) -> None:
    services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())
    first = asked(mine, corner)

    links.freeze(GuardianLink.objects.get(), Sign.CHILD, actor="device", at=timezone.now())
    settle()

    assert (Vouch.objects.count(), AgeTransaction.objects.get(uid=first).holder) == (0, "")
    with pytest.raises(links.LinkOnHold):
        services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())
    assert standing.of(ana, at=timezone.now()) is None


def test_the_word_of_somebody_who_left_the_family_does_not_stand(
    guardian: User, ben: User, home: Household, ana: Child
) -> None:
    at = timezone.now()
    guardians.join(codes.invitation_code(guardians.invite(home, by=guardian, at=at).uid), by=ben, at=at)
    services.say(ana, Years.UNDER_13, by=guardian, at=at)
    before = standing.of(ana, at=at)

    guardians.leave(home, by=guardian, at=at)

    assert (before is None, standing.of(ana, at=at)) == (False, None)


def test_a_child_that_was_taken_off_has_no_age_any_more(guardian: User, ana: Child, settle: Settle) -> None:
    services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())

    families.remove_child(ana, by=guardian, at=timezone.now())
    settle()

    assert not Vouch.objects.exists()


def test_bea_can_leave_it_and_ana_is_offered_another_way(
    mine: Client, guardian: User, ana: Child, corner: Requirement, signed_in: SignIn
) -> None:
    uid = asked(mine, corner)

    signed_in(guardian).post(f"/family/age/{ana.uid}/leave")

    assert (state_of(uid)[0], Question.objects.count()) == ("inconclusive", 0)


def test_on_another_device_nobody_is_asked(
    client: Client, mine: Client, guardian: User, ana: Child, corner: Requirement
) -> None:
    uid = begun(client, corner)

    page, refused = client.get(f"/age/guardian/{uid}/"), client.post(f"/age/guardian/{uid}/ask")

    assert "Take another way here." in page.content.decode()
    assert (refused.status_code, Question.objects.count()) == (403, 0)


def test_a_grown_up_who_is_signed_in_on_the_child_s_device_gets_no_age_of_the_child(
    mine: Client, guardian: User, ana: Child, corner: Requirement
) -> None:
    services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())
    mine.force_login(guardian, backend="allauth.account.auth_backends.AuthenticationBackend")

    uid = begun(mine, corner)

    assert (mine.post(f"/age/guardian/{uid}/ask").status_code, state_of(uid)[0]) == (403, "pending")


def test_what_the_child_writes_counts_nothing(mine: Client, guardian: User, corner: Requirement) -> None:
    uid = asked(mine, corner)

    answer = mine.post(f"/age/attempt/{uid}/", {"years": "under_13"})

    assert state_of(uid)[0] == "pending"
    assert answer.status_code in {302, 422}


def test_five_questions_are_enough(mine: Client, guardian: User, corner: Requirement) -> None:
    for _ in range(5):
        asked(mine, corner)
    uid = begun(mine, corner)

    assert mine.post(f"/age/guardian/{uid}/ask").status_code == 429
    assert Question.objects.count() == 5


def test_eve_and_another_family_get_nothing(
    mine: Client, guardian: User, ana: Child, corner: Requirement, signed_in: SignIn, eve: User, fay: User
) -> None:
    uid = asked(mine, corner)
    services.say(ana, Years.UNDER_13, by=guardian, at=timezone.now())
    page = f"/family/age/{ana.uid}/"
    paths = [page, f"{page}leave", f"{page}take-back"]

    by_eve = {signed_in(eve).post(path, {"years": "under_13"}).status_code for path in paths}
    by_fay = {signed_in(fay).post(path, {"years": "under_13"}).status_code for path in paths}
    strangers = [Client(headers={"host": HOST}), signed_in(eve), signed_in(guardian)]
    child_pages = {one.get(f"/age/guardian/{uid}/{end}").status_code for one in strangers for end in ("", "state")}

    assert (by_eve, by_fay, child_pages) == ({403}, {404}, {404})
    assert Vouch.objects.count() == 1
